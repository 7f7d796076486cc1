import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeContext } from "#test/support/fake-context.ts";
import { zpagesExtension } from "./index.ts";

test("pages show what runs, as HTML and as JSON, and an error's text is only text", async () => {
  const host = {
    ready: true,
    startedMs: 0,
    version: "1.2.3",
    statusOf: ({ kind }: { kind: string }) =>
      kind === "exporter"
        ? { status: "StatusRecoverableError" as const, sinceMs: 0, error: "<script>alert(1)</script>" }
        : undefined,
    pipelines: new Map([["logs", { receivers: ["file_log"], processors: [], exporters: ["kafka"] }]]),
    extensions: ["zpages"],
    memoryBytes: () => 0,
    memoryLimitBytes: 2 ** 30,
  };
  const context = fakeContext({ id: "zpages", host });
  const extension = zpagesExtension.prepare({ endpoint: "127.0.0.1:0" })(context);
  await extension.start?.(AbortSignal.timeout(5000));
  try {
    const base = `http://127.0.0.1:${String(context.lines[0]?.fields["port"])}`;
    const html = await (await fetch(`${base}/debug/pipelinez`)).text();
    assert.match(html, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    assert.ok(!html.includes("<script>"));
    const rows = (await (await fetch(`${base}/debug/pipelines`)).json()) as Record<string, string>[];
    assert.deepEqual(
      rows.map(({ pipeline, kind, id, status }) => [pipeline, kind, id, status]),
      [
        ["logs", "receiver", "file_log", "none"],
        ["logs", "exporter", "kafka", "StatusRecoverableError"],
      ],
    );
    assert.match(await (await fetch(`${base}/debug/servicez`)).text(), /1\.2\.3/);
    assert.match(await (await fetch(`${base}/debug/extensionz?format=json`)).text(), /"zpages"/);
    assert.equal((await fetch(`${base}/debug/constructor`)).status, 404);
  } finally {
    await extension.shutdown?.(AbortSignal.timeout(5000));
  }
});
