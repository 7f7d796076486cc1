import assert from "node:assert/strict";
import { test } from "node:test";
import { clientSchema } from "#test/support/http-client-for.ts";
import { httpUrl } from "./client-config.ts";

const WRONG: [raw: object, at: string][] = [
  [{ compression: "snappy" }, "compression"],
  [{ compression_params: { level: 10 } }, "compression_params.level"],
  [{ compression: "zstd", compression_params: { level: 23 } }, "compression_params.level"],
  [{ compression: "none", compression_params: { level: 1 } }, "compression_params.level"],
  [{ headers: { "a b": "x" } }, "headers.a b"],
  [{ headers: { "x-a": "one\r\ntwo: 2" } }, "headers.x-a"],
  [{ headers: { "Content-Length": "0" } }, "headers.Content-Length"],
  [{ max_conns_per_host: -1 }, "max_conns_per_host"],
];

for (const [raw, at] of WRONG) {
  test(`${JSON.stringify(raw)} is refused at ${at}, without the value of a header`, () => {
    const { error } = clientSchema.safeParse(raw);
    assert.deepEqual(
      error?.issues.map(({ path }) => path.join(".")),
      [at],
    );
    assert.ok(!JSON.stringify(error?.issues).includes("two"));
  });
}

for (const url of ["collector:4318", "ftp://host/", "https://user:pw@host/", "http://host/#part", "", "http://"]) {
  test(`${JSON.stringify(url)} is no address to send to, and is not printed`, () => {
    const { error } = httpUrl().safeParse(url);
    assert.equal(error?.issues.length, 1);
    assert.ok(!JSON.stringify(error.issues).includes("pw"));
  });
}
