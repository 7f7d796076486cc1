import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createCertificates } from "#test/support/certificates.ts";
import { batchOf, bodiesOf, lineText, started, TOKEN } from "#test/support/otlp-http-exporter.ts";
import { requireService } from "#test/support/require-service.ts";
import { startHttp } from "#test/support/start-http.ts";
import { tempDir } from "#test/support/temp-dir.ts";

const NEVER = new AbortController().signal;

test("otlp_http over TLS", async (t) => {
  if (!requireService(t, "openssl")) return;
  await using folder = await tempDir();
  const { ca, server, client } = await createCertificates(folder.path);
  const [cert, key, authority] = await Promise.all([server.cert, server.key, ca].map((path) => readFile(path)));
  const tls = { cert: cert!, key: key!, ca: authority! };

  await t.test(
    "records arrive at a server of our own authority, in plain TLS and with a client certificate",
    async (t) => {
      await using plain = await startHttp([{ status: 200 }], tls);
      await using mutual = await startHttp([{ status: 200 }], { ...tls, requestCert: true, rejectUnauthorized: true });
      const settings = { ca_file: ca };
      const ours = { cert_file: client.cert, key_file: client.key };
      await (await started(t, { endpoint: plain.url, tls: settings })).exporter.consume(batchOf("a"), NEVER);
      await (
        await started(t, { endpoint: mutual.url, tls: { ...settings, ...ours } })
      ).exporter.consume(batchOf("b"), NEVER);
      assert.deepEqual([...plain.requests, ...mutual.requests].map(bodiesOf), [["a"], ["b"]]);
    },
  );

  const REFUSALS: [name: string, tls: object, server: object, message: RegExp][] = [
    ["an unknown authority", {}, {}, /not trusted: .*\[SELF_SIGNED_CERT_IN_CHAIN\]; look at tls::ca_file/],
    [
      "a certificate for another name",
      { ca_file: ca, server_name_override: "logs.example.com" },
      {},
      /not trusted: .*look at the endpoint or tls::server_name_override/,
    ],
    [
      "no client certificate where one is wanted",
      { ca_file: ca },
      { requestCert: true, rejectUnauthorized: true },
      /does not take our certificate .*; look at tls::cert_file/,
    ],
    ["no version in common", { ca_file: ca, max_version: "1.2" }, { minVersion: "TLSv1.3" }, /did not answer/],
  ];

  for (const [name, settings, options, message] of REFUSALS) {
    await t.test(`${name}: nothing is sent, nothing set aside, and the line says what to mend`, async (t) => {
      await using receiver = await startHttp([{ status: 200 }], { ...tls, ...options });
      const { exporter, context } = await started(t, { endpoint: receiver.url, tls: settings });
      const stop = new AbortController();
      const done = assert.rejects(exporter.consume(batchOf("x"), stop.signal));
      await context.untilWarned();
      assert.match(lineText(context), message);
      assert.ok(!lineText(context).includes(TOKEN));
      stop.abort();
      await done;
      assert.deepEqual([receiver.requests.length, context.rejected.length], [0, 0]);
    });
  }

  await t.test(
    "a reload shows the new certificate from the next batch on, and an unusable one changes nothing",
    async (t) => {
      await using receiver = await startHttp([{ status: 200 }], {
        ...tls,
        requestCert: true,
        rejectUnauthorized: false,
      });
      await using own = await tempDir();
      const paths = { cert_file: join(own.path, "cert.pem"), key_file: join(own.path, "key.pem") };
      const use = async (pair: { cert: string; key: string }): Promise<void> => {
        await copyFile(pair.cert, paths.cert_file);
        await copyFile(pair.key, paths.key_file);
      };
      await use(client);
      const { exporter } = await started(t, { endpoint: receiver.url, tls: { ca_file: ca, ...paths } });
      const consume = (): Promise<void> => exporter.consume(batchOf("x"), NEVER);
      await consume();
      await use(server);
      await consume();
      await exporter.reload!();
      await consume();
      await writeFile(paths.cert_file, "garbage");
      await assert.rejects(exporter.reload!(), { code: "tls_material" });
      await consume();
      assert.deepEqual(
        receiver.requests.map(({ clientName }) => clientName),
        ["alice", "alice", "localhost", "localhost"],
      );
    },
  );
});
