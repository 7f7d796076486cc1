FROM node:24-bookworm-slim AS dependencies
WORKDIR /opt/tidewatch
COPY package.json package-lock.json .npmrc ./
# Node comes from the image; the development dependencies (among them a Node of their own) stay out.
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends nftables \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 tidewatch \
  && useradd --uid 10001 --gid tidewatch --no-create-home --home-dir /var/lib/tidewatch tidewatch \
  && install -d -o tidewatch -g tidewatch /var/lib/tidewatch
WORKDIR /opt/tidewatch
COPY --from=dependencies /opt/tidewatch/node_modules ./node_modules
COPY . .
# Compiled once here, so that a container with a read-only file system starts as fast.
RUN node bin/tidewatch.mjs components > /dev/null && chmod -R a+rX .cache
USER tidewatch
VOLUME /var/lib/tidewatch
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8888/metrics').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/tidewatch.mjs"]
CMD ["run", "--config", "config/tidewatch.yaml"]
