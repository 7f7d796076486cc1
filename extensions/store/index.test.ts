import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "#core/context.ts";
import { isStoreExtension } from "#store/store-extension.ts";
import { quiet, temporaryFolder } from "#test/support/store.ts";
import { storeExtension } from "./index.ts";

const context = { ...quiet, id: "store" } as unknown as Context;
const deadline = AbortSignal.timeout(30_000);

test("lends the open store once it has started, and stops what it started", async () => {
  await using folder = await temporaryFolder();
  const extension = storeExtension.prepare({ data_dir: folder.path })(context);
  assert.ok(isStoreExtension(extension));
  assert.throws(() => extension.store, { code: "store_not_started" });
  await extension.start?.(deadline);
  assert.deepEqual(await extension.store.query("select 1 as one"), [{ one: 1 }]);
  await extension.shutdown?.(deadline);
  await extension.shutdown?.(deadline);
});

test("shutdown before start does nothing", async () => {
  await storeExtension.prepare({})(context).shutdown?.(deadline);
});

test("a url does not show up in an error", async () => {
  let nowMs = 0;
  const clock = { ...quiet.clock, monotonic: () => (nowMs += 1000), sleep: () => Promise.resolve() };
  const url = "postgres://tw:hunter2@127.0.0.1:1/db";
  const extension = storeExtension.prepare({ url })({ ...context, clock });
  await assert.rejects(extension.start?.(AbortSignal.timeout(1)) as Promise<void>, (error: Error) => {
    assert.match(error.message, /^cannot reach the database/);
    assert.ok(!error.message.includes("hunter2"));
    return true;
  });
});

test("an unknown key is refused with the nearest valid one", () => {
  assert.throws(() => storeExtension.prepare({ data_dri: "x" }), /data_dri/);
});
