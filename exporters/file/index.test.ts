import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { AttributeValue } from "#core/attributes.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { systemClock } from "#service/clock.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { fileExporter } from "./index.ts";

const signal = new AbortController().signal;
const batchOf = (...bodies: string[]): ObjectBatch =>
  new ObjectBatch(
    { attributes: { "service.name": "tidb" } },
    bodies.map((body) => ({ body, attributes: { n: 9_007_199_254_740_993n } })),
  );
const bodiesOf = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { body: string }).body);

test("records are appended, a JSON object a line, to a file whose folder is made", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "deep/er/out.ndjson");
  for (const bodies of [["a", "b"], ["c"]]) {
    const exporter = fileExporter.prepare({ path })(fakeContext({ clock: systemClock }));
    await exporter.start?.(signal);
    await exporter.consume(batchOf(...bodies), signal);
    await exporter.shutdown?.(signal);
  }
  const text = await readFile(path, "utf8");
  assert.deepEqual(bodiesOf(text), ["a", "b", "c"]);
  assert.deepEqual((JSON.parse(text.split("\n")[0] ?? "") as { attributes: object }).attributes, {
    n: "9007199254740993",
  });
});

test("batches that arrive together are all there once each has been told safe", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "out.ndjson");
  const exporter = fileExporter.prepare({ path })(fakeContext({ clock: systemClock }));
  await exporter.start?.(signal);
  const expected = Array.from({ length: 50 }, (_, i) => `r${i}`);
  await Promise.all(expected.map((body) => exporter.consume(batchOf(body), signal)));
  assert.deepEqual(bodiesOf(await readFile(path, "utf8")), expected);
  await exporter.shutdown?.(signal);
});

test("OTLP/JSON is one request a line, 64-bit integers as text", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "out.json");
  const exporter = fileExporter.prepare({ path, format: "otlp_json" })(fakeContext({ clock: systemClock }));
  await exporter.start?.(signal);
  await exporter.consume(batchOf("a"), signal);
  await exporter.shutdown?.(signal);
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), {
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "tidb" } }] },
        scopeLogs: [
          {
            scope: { name: "tidewatch" },
            logRecords: [
              {
                observedTimeUnixNano: "0",
                body: { stringValue: "a" },
                attributes: [{ key: "n", value: { intValue: "9007199254740993" } }],
              },
            ],
          },
        ],
      },
    ],
  });
});

test("rotation begins a new file at the size, keeps max_backups, and splits no record", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "out.ndjson");
  const exporter = fileExporter.prepare({ path, rotation: { max_megabytes: 0.001, max_backups: 3 } })(
    fakeContext({ clock: systemClock }),
  );
  await exporter.start?.(signal);
  for (let i = 0; i < 8; i++) await exporter.consume(batchOf(`${i}${"x".repeat(1000)}`), signal);
  await exporter.shutdown?.(signal);
  const names = (await readdir(dir.path)).sort();
  assert.equal(names.length, 4, names.join(" "));
  const kept: string[] = [];
  for (const name of names.filter((n) => n !== "out.ndjson"))
    kept.push(...bodiesOf(await readFile(join(dir.path, name), "utf8")));
  assert.deepEqual(kept.map((body) => body[0]).sort(), ["4", "5", "6"]);
  assert.equal(bodiesOf(await readFile(path, "utf8"))[0]?.[0], "7");
});

test("a rotation that fails repeats no record: what is in the file is safe, and the next one waits", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "out.ndjson");
  const rotation = { max_megabytes: 0.001, max_backups: 1 };
  const exporter = fileExporter.prepare({ path, rotation, retry_on_failure: { initial_interval: "5ms" } })(
    fakeContext({ clock: systemClock }),
  );
  await exporter.start?.(signal);
  // An old backup that cannot be removed as a file is.
  const stuck = join(dir.path, "out-2000.ndjson");
  await mkdir(stuck);
  for (const name of ["a", "b"]) await exporter.consume(batchOf(name + "x".repeat(1000)), signal);
  await exporter.shutdown?.(signal);
  const names = (await readdir(dir.path)).filter((name) => name !== "out-2000.ndjson");
  const bodies: string[] = [];
  for (const name of names) bodies.push(...bodiesOf(await readFile(join(dir.path, name), "utf8")));
  assert.deepEqual(bodies.map((body) => body[0]).sort(), ["a", "b"]);
});

test("a batch that cannot be encoded is set aside, and holds up no other", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "out.json");
  const context = fakeContext({ clock: systemClock });
  const exporter = fileExporter.prepare({ path, format: "otlp_json" })(context);
  await exporter.start?.(signal);
  const circle: { [key: string]: AttributeValue } = {};
  circle.self = circle;
  const broken = new ObjectBatch({ attributes: {} }, [{ body: circle }]);
  await Promise.all([broken, batchOf("good")].map((batch) => exporter.consume(batch, signal)));
  await exporter.shutdown?.(signal);
  assert.deepEqual(
    context.rejected.map(({ reason }) => reason.code),
    ["exporter_bug"],
  );
  assert.match(await readFile(path, "utf8"), /^\{.*"good".*\}\n$/);
});

test("a file that cannot be written is retried until it can, and nothing is lost", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "sub/out.ndjson");
  await mkdir(path, { recursive: true });
  const exporter = fileExporter.prepare({ path, retry_on_failure: { initial_interval: "5ms" } })(
    fakeContext({ clock: systemClock }),
  );
  await assert.rejects(async () => exporter.start?.(signal), { code: "EISDIR" });
  const delivered = exporter.consume(batchOf("a"), signal);
  await rm(path, { recursive: true });
  await delivered;
  assert.deepEqual(bodiesOf(await readFile(path, "utf8")), ["a"]);
  await exporter.shutdown?.(signal);
});

test("half a line that a killed process left behind is cut off before the first record", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "out.ndjson");
  const whole = `{"body":"old"}\n`;
  for (const torn of ["{", `{"body":"${"x".repeat(200_000)}`]) {
    await writeFile(path, whole + torn);
    const exporter = fileExporter.prepare({ path })(fakeContext({ clock: systemClock }));
    await exporter.start?.(signal);
    await exporter.consume(batchOf("new"), signal);
    await exporter.shutdown?.(signal);
    assert.deepEqual(bodiesOf(await readFile(path, "utf8")), ["old", "new"]);
  }
});
