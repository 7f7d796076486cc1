import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogBatch } from "#core/batch.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { lineCollector } from "#test/oracle/line-collector.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { recordingConsumer } from "#test/support/fake-consumers.ts";
import { tidbProcessor } from "./index.ts";

const LINE = `[2026/08/07 10:15:02.118 +08:00] [INFO] [set.go:170] ["set global var"] [conn=7] [name=a]`;
const NOBODY = { consume: () => Promise.resolve() };
const signal = new AbortController().signal;

test("a malformed line passes on whole between parsed ones, with the reason, and nothing is dropped", async () => {
  const got = lineCollector();
  const tidb = tidbProcessor.prepare({})(fakeContext(), got, NOBODY);
  await tidb.consume(linesBatch([LINE, "goroutine 1 [running]:", LINE]), signal);
  assert.deepEqual(got.bodies, ["set global var", "goroutine 1 [running]:", "set global var"]);
  assert.deepEqual(
    got.lines.map(({ attributes }) => attributes["tidewatch.parse_error"]),
    [undefined, "not a TiDB log line", undefined],
  );
});

test("lines that come as objects are parsed like lines of a file, and keep their attributes", async () => {
  const got = lineCollector();
  const tidb = tidbProcessor.prepare({})(fakeContext(), got, NOBODY);
  await tidb.consume(new ObjectBatch({ attributes: {} }, [{ body: LINE, attributes: { from: "otlp" } }]), signal);
  assert.deepEqual(got.lines[0], {
    body: "set global var",
    attributes: {
      "code.file.path": "set.go",
      "code.line.number": "170",
      "tidb.conn": "7",
      "tidb.name": "a",
      from: "otlp",
    },
  });
});

test("the component is told by the setting, by service.name, or by the file's name", async () => {
  for (const [raw, file, service, expected] of [
    [{}, "pd.log", undefined, "pd"],
    [{}, "tikv-2026.log", undefined, "tikv"],
    [{}, "cdc.log", undefined, "ticdc"],
    [{}, "tiproxy.log", undefined, "tiproxy"],
    [{}, "whatever.log", undefined, "tidb"],
    [{}, "pd.log", "tikv", "tikv"],
    [{ component: "pd" }, "tidb.log", undefined, "pd"],
  ] as const) {
    const got = recordingConsumer();
    const tidb = tidbProcessor.prepare(raw)(fakeContext(), got, NOBODY);
    const batch = linesBatch([LINE], { "log.file.name": file });
    await tidb.consume(
      service === undefined ? batch : batch.withResource({ attributes: { "service.name": service } }),
      signal,
    );
    assert.equal(got.batches[0]?.resource.attributes["service.name"], expected);
  }
});

test("batches that are under way at once do not share their columns", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const got: LogBatch[] = [];
  const holding = {
    async consume(batch: LogBatch) {
      got.push(batch);
      await promise;
    },
  };
  const tidb = tidbProcessor.prepare({})(fakeContext(), holding, NOBODY);
  const lines = [LINE, LINE.replace("[conn=7]", "[conn=8]"), LINE.replace("[conn=7]", "[conn=9]")];
  const underWay = lines.map((line) => tidb.consume(linesBatch([line]), signal));
  assert.deepEqual(
    got.map((batch) => batch.at(0).attribute("tidb.conn")),
    ["7", "8", "9"],
  );
  resolve();
  await Promise.all(underWay);
});
