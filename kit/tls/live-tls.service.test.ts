import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { type Certificates, createCertificates } from "#test/support/certificates.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { requireService } from "#test/support/require-service.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { LiveTls } from "./live-tls.ts";
import { tlsConfig } from "./tls-config.ts";

test("TLS connections", async (t) => {
  if (!requireService(t, "openssl")) return;
  await using folder = await tempDir();
  const certificates = await createCertificates(folder.path);
  await using server = await startServer(certificates);

  await t.test("an unknown authority is refused, and insecure_skip_verify takes it with a warning", async () => {
    await assert.rejects(peerOf(server.port, {}), { code: "SELF_SIGNED_CERT_IN_CHAIN" });
    const context = fakeContext();
    await peerOf(server.port, { insecure_skip_verify: true }, context);
    assert.match(context.lines[0]?.sentence ?? "", /not checked/);
  });

  await t.test("the server's authority is known from a file or from text, beside the machine's", async () => {
    await peerOf(server.port, { ca_file: certificates.ca });
    await peerOf(server.port, { ca_pem: await readFile(certificates.ca, "utf8"), include_system_ca_certs_pool: true });
    await assert.rejects(peerOf(server.port, { include_system_ca_certs_pool: true }), {
      code: "SELF_SIGNED_CERT_IN_CHAIN",
    });
  });

  await t.test("the certificate must be for server_name_override", async () => {
    await peerOf(server.port, { ca_file: certificates.ca, server_name_override: "localhost" });
    await assert.rejects(peerOf(server.port, { ca_file: certificates.ca, server_name_override: "example.com" }), {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });

  await t.test("versions and cipher suites are those that are set", async () => {
    const settings = { ca_file: certificates.ca, max_version: "1.2" };
    assert.equal((await peerOf(server.port, settings)).protocol, "TLSv1.2");
    assert.equal((await peerOf(server.port, { ca_file: certificates.ca, min_version: "1.3" })).protocol, "TLSv1.3");
    const suite = { cipher_suites: ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"] };
    assert.equal((await peerOf(server.port, { ...settings, ...suite })).cipher, "ECDHE-ECDSA-CHACHA20-POLY1305");
    assert.equal((await peerOf(server.port, { ca_file: certificates.ca, ...suite })).protocol, "TLSv1.3");
  });

  await t.test(
    "a renewed client certificate is used without a restart, and an unusable one changes nothing",
    async () => {
      await using ours = await tempDir();
      const cert = join(ours.path, "cert.pem");
      const key = join(ours.path, "key.pem");
      const use = async (pair: { cert: string; key: string }): Promise<void> => {
        await copyFile(pair.cert, cert);
        await copyFile(pair.key, key);
      };
      await use(certificates.client);
      const clock = manualClock();
      const context = fakeContext({ clock });
      const settings = { ca_file: certificates.ca, cert_file: cert, key_file: key, reload_interval: "1m" };
      const live = new LiveTls(tlsConfig.parse(settings), context);
      await live.start();
      const options = live.connectionOptions;
      assert.equal((await peer(server.port, options)).ourName, "alice");

      const first = live.secureContext;
      await use(certificates.server);
      await clock.untilSleeping();
      await clock.advance(60_000);
      await clock.untilSleeping();
      assert.notEqual(live.secureContext, first);
      assert.equal((await peer(server.port, options)).ourName, "localhost");

      const second = live.secureContext;
      await writeFile(cert, "garbage");
      await clock.advance(60_000);
      await context.untilWarned();
      assert.equal(live.secureContext, second);
      assert.equal((await peer(server.port, options)).ourName, "localhost");
      await live.shutdown();
    },
  );
});

interface Peer {
  readonly protocol: string | null;
  readonly cipher: string;
  /** Common name in the certificate that we showed, as the server saw it. */
  readonly ourName: string;
}

/** A server that asks for a certificate, and tells which name it has seen. */
async function startServer({ server: { cert, key }, ca }: Certificates): Promise<AsyncDisposable & { port: number }> {
  const files = await Promise.all([cert, key, ca].map((path) => readFile(path)));
  const [certPem, keyPem, caPem] = files as [Buffer, Buffer, Buffer];
  const options = { cert: certPem, key: keyPem, ca: caPem, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (socket) => {
    socket.on("error", () => {});
    socket.end(String(socket.getPeerCertificate().subject?.CN ?? "nobody"));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

async function peerOf(port: number, settings: object, context = fakeContext()): Promise<Peer> {
  const live = new LiveTls(tlsConfig.parse(settings), context);
  await live.start();
  return peer(port, live.connectionOptions);
}

async function peer(port: number, options: LiveTls["connectionOptions"]): Promise<Peer> {
  const socket: TLSSocket = connect({ host: "127.0.0.1", port, servername: "localhost", ...options });
  try {
    await once(socket, "secureConnect");
    const seen = { protocol: socket.getProtocol(), cipher: socket.getCipher().name };
    const [ourName] = (await once(socket, "data")) as [Buffer];
    return { ...seen, ourName: ourName.toString() };
  } finally {
    socket.destroy();
  }
}
