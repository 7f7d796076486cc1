import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fakeContext } from "#test/support/fake-context.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { LiveTls } from "./live-tls.ts";
import { tlsConfig } from "./tls-config.ts";

const WRONG: [settings: object, at: string][] = [
  [{ cert_file: "c.pem" }, "cert_file"],
  [{ key_pem: "k" }, "key_file"],
  [{ ca_file: "a", ca_pem: "b" }, "ca_pem"],
  [{ cert_file: "a", cert_pem: "b", key_file: "k" }, "cert_pem"],
  [{ min_version: "1.1" }, "min_version"],
  [{ min_version: "1.3", max_version: "1.2" }, "max_version"],
  [{ cipher_suites: ["TLS_RSA_WITH_RC4_128_SHA"] }, "cipher_suites.0"],
  [{ reload_interval: "10ms" }, "reload_interval"],
];

for (const [settings, at] of WRONG) {
  test(`${JSON.stringify(settings)} is refused at ${at}`, () => {
    const { error } = tlsConfig.safeParse(settings);
    assert.deepEqual(
      error?.issues.map(({ path }) => path.join(".")),
      [at],
    );
  });
}

test("a file that is not there, or holds no certificate, fails the start and is named", async () => {
  await using folder = await tempDir();
  const garbage = join(folder.path, "garbage.pem");
  await writeFile(garbage, "no certificate");
  for (const settings of [
    { ca_file: "/no/such/ca.pem" },
    { ca_file: garbage },
    { ca_pem: "garbage" },
    { cert_file: garbage, key_file: garbage },
  ]) {
    const live = new LiveTls(tlsConfig.parse(settings), fakeContext());
    await assert.rejects(live.start(), { code: "tls_material", message: /^tls::/ });
  }
});

test("a key given as text does not show up when the settings are printed", () => {
  const parsed = tlsConfig.parse({ cert_pem: "c", key_pem: "very secret" });
  assert.ok(!JSON.stringify(parsed).includes("very secret"));
});
