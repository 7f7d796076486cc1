import assert from "node:assert/strict";
import { test } from "node:test";
import { alertToRecord } from "#core/alert-record.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { listAlerts } from "#store/alerts.ts";
import { systemClock } from "#service/clock.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { someAlert } from "#test/support/some-alert.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { storeExtension } from "../../extensions/store/index.ts";
import { isStoreExtension } from "#store/store-extension.ts";
import { alertsExporter } from "./index.ts";

const ALERT = someAlert({
  id: "a1",
  count: 10,
  entities: { user: "a\u0000'; DROP TABLE alerts;--", clientAddress: "203.0.113.9" },
});

test("an alert that comes twice is one row with the larger count, and what is no alert is set aside", async () => {
  await using dir = await tempDir();
  const store = storeExtension.prepare({ data_dir: dir.path })(fakeContext({ clock: systemClock }));
  await store.start?.(new AbortController().signal);
  try {
    const context = fakeContext({ clock: systemClock, extensions: { store } });
    const exporter = alertsExporter.prepare({})(context);
    await exporter.start?.(new AbortController().signal);
    const batch = new ObjectBatch(
      { attributes: {} },
      [ALERT, { ...ALERT, count: 25 }].map(alertToRecord).concat({ body: "no alert" }),
    );
    await exporter.consume(batch, new AbortController().signal);
    assert.ok(isStoreExtension(store));
    const rows = await listAlerts(store.store, { limit: 10 });
    assert.deepEqual(
      rows.map(({ id, count, entities }) => [id, Number(count), entities.clientAddress]),
      [["a1", 25, "203.0.113.9"]],
    );
    assert.deepEqual(
      context.rejected.map(({ reason }) => reason.message),
      ["not a usable alert: not an alert"],
    );
  } finally {
    await store.shutdown?.(AbortSignal.timeout(5000));
  }
});
