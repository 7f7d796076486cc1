import assert from "node:assert/strict";
import { test } from "node:test";
import { recordingLogger } from "#test/support/fake-context.ts";
import { type ExportResult, type OpenExporter, PushExporter } from "./push-exporter.ts";

const TAKEN: ExportResult = { code: 0 };

/** An exporter whose other side the test plays. */
function exporterOver(open: OpenExporter<number>) {
  const { log, lines } = recordingLogger();
  const exporter = new PushExporter<number>({
    open: () => Promise.resolve(open),
    sizeOf: (size) => size,
    what: "own log",
    host: "telemetry.example:4318",
    log,
  });
  return { exporter, lines };
}

const sent = (exporter: PushExporter<number>, size: number): Promise<ExportResult> =>
  new Promise((resolve) => exporter.export(size, resolve));

test("an exporter that throws has failed, and the text of a peer is cut", async () => {
  const { exporter, lines } = exporterOver({
    export: () => {
      throw new Error("x".repeat(5000));
    },
    cut: () => {},
  });
  await exporter.open();
  assert.equal((await sent(exporter, 7)).code, 1);
  assert.equal(exporter.lost, 7);
  assert.equal(String(lines[0]?.fields["error"]).length, 300);
});

test("what was not opened yet takes nothing, in silence", async () => {
  const { exporter, lines } = exporterOver({ export: (_, done) => done(TAKEN), cut: () => {} });
  assert.equal((await sent(exporter, 1)).code, 1);
  assert.deepEqual(lines, []);
});

test("giving up answers everybody once, cuts the connection, and a late answer of the peer changes nothing", async () => {
  const answers: ((result: ExportResult) => void)[] = [];
  let cuts = 0;
  const { exporter } = exporterOver({ export: (_, done) => answers.push(done), cut: () => cuts++ });
  await exporter.open();
  const both = [sent(exporter, 2), sent(exporter, 3)];
  exporter.giveUp();
  exporter.giveUp();
  assert.deepEqual(
    (await Promise.all(both)).map(({ code }) => code),
    [1, 1],
  );
  for (const answer of answers) answer(TAKEN);
  assert.deepEqual([exporter.lost, cuts], [5, 1]);
});
