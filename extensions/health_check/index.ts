import * as z from "zod";
import { defineExtension } from "#core/factory.ts";
import { duration, endpoint } from "#kit/schema-types.ts";
import { type HttpPages, type Page, serveHttp } from "#kit/serve-http.ts";
import { healthOf } from "./health.ts";

const config = z.strictObject({
  endpoint: endpoint().default("localhost:13133").describe("Address to listen on."),
  path: z.string().startsWith("/").default("/").describe("Page that says in one word whether Tidewatch is ready."),
  response_body: z
    .strictObject({ healthy: z.string(), unhealthy: z.string() })
    .optional()
    .describe("Texts of that page; JSON with the time since the start when they are not given."),
  use_v2: z.boolean().optional().describe("Accepted for the collector's sake: the status page is always there."),
  http: z
    .strictObject({
      status: z
        .strictObject({
          enabled: z.boolean().default(true).describe("Show the status of every component."),
          path: z.string().startsWith("/").default("/health/status").describe("Its page; `?pipeline=logs` for one."),
        })
        .prefault({}),
    })
    .prefault({})
    .describe("The page with the status of every component."),
  component_health: z
    .strictObject({
      include_permanent_errors: z.boolean().default(false).describe("A component that gave up makes all unhealthy."),
      include_recoverable_errors: z.boolean().default(false).describe("So does one that keeps failing."),
      recovery_duration: duration().prefault("5m").describe("How long it may fail before that."),
    })
    .prefault({})
    .describe("Which errors of components make the answer unhealthy."),
});

export const healthCheckExtension = defineExtension({
  type: "health_check",
  stability: "beta",
  summary: "Says over HTTP whether Tidewatch is alive and ready, and how each component fares.",
  config,
  create: (options, context) => {
    const { host, clock } = context;
    let pages: HttpPages | undefined;
    const json = (status: number, value: unknown): Page => ({
      status,
      type: "application/json",
      body: `${JSON.stringify(value)}\n`,
    });
    const ready = (): Page => {
      const health = healthOf(host, options.component_health, clock.now());
      const ok = host.ready && health?.healthy === true;
      const status = ok ? 200 : 503;
      if (options.response_body !== undefined) {
        return {
          status,
          type: "text/plain",
          body: ok ? options.response_body.healthy : options.response_body.unhealthy,
        };
      }
      return json(status, {
        status: ok ? "Server available" : "Server not available",
        upSince: new Date(host.startedMs).toISOString(),
        uptime: `${((clock.now() - host.startedMs) / 1000).toFixed(3)}s`,
      });
    };
    const status = (pipeline: string | null): Page | undefined => {
      const health = healthOf(host, options.component_health, clock.now(), pipeline ?? undefined);
      if (health === undefined) return undefined;
      const code = !host.ready ? 503 : health.healthy ? 200 : 500;
      return json(code, { start_time: new Date(host.startedMs).toISOString(), ...health });
    };
    return {
      async start() {
        pages = await serveHttp(
          options.endpoint,
          (path, query) => {
            if (path === "/live") return json(200, { status: "alive" });
            if (path === "/ready" || path === options.path) return ready();
            if (options.http.status.enabled && path === options.http.status.path) return status(query.get("pipeline"));
            return undefined;
          },
          `extensions::${context.id}::endpoint`,
        );
        context.log.info({ port: pages.port }, "health pages are served");
      },
      async shutdown() {
        await pages?.close();
        pages = undefined;
      },
    };
  },
});
