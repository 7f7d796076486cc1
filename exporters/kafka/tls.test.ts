import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "#test/support/temp-dir.ts";
import { loadTls, tlsConfig } from "./tls.ts";

test("without a tls block, and with insecure, there is no TLS", async () => {
  assert.equal(await loadTls(undefined), undefined);
  assert.equal(await loadTls(tlsConfig.parse({ insecure: true })), undefined);
});

test("an empty block is TLS that checks the server against the system's authorities", async () => {
  assert.deepEqual(await loadTls(tlsConfig.parse({})), { minVersion: "TLSv1.2", rejectUnauthorized: true });
});

test("files are read and names handed on", async () => {
  await using folder = await tempDir();
  const paths = { ca_file: "ca", cert_file: "cert", key_file: "key" };
  const files = Object.entries(paths).map(([option, name]) => [option, join(folder.path, name)] as const);
  for (const [option, path] of files) await writeFile(path, option);
  const settings = { ...Object.fromEntries(files), server_name_override: "kafka.example.com", min_version: "1.3" };
  assert.deepEqual(await loadTls(tlsConfig.parse(settings)), {
    minVersion: "TLSv1.3",
    rejectUnauthorized: true,
    servername: "kafka.example.com",
    ca: Buffer.from("ca_file"),
    cert: Buffer.from("cert_file"),
    key: Buffer.from("key_file"),
  });
});
