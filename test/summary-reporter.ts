import type { TestEvent } from "node:test/reporters";

/** Failures in full, what was skipped and why, and one line of counts at the end. */
export default async function* summary(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const skipped = new Map<string, string[]>();
  const failed: string[] = [];
  let passed = 0;
  for await (const event of source) {
    if (event.type === "test:pass" && event.data.details.type !== "suite") {
      const { skip, name } = event.data;
      if (skip === undefined || skip === false) passed++;
      else {
        const reason = typeof skip === "string" ? skip : "no reason given";
        skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
      }
    }
    if (event.type === "test:fail" && event.data.details.type !== "suite") {
      const { name, file, line, details } = event.data;
      const cause = details.error.cause;
      const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? details.error.message);
      failed.push(`✖ ${name}\n  ${file ?? ""}:${line ?? ""}\n  ${text.replaceAll("\n", "\n  ")}`);
    }
  }
  yield "\n";
  for (const text of failed) yield `\n${text}\n`;
  let skips = 0;
  for (const [reason, names] of skipped) {
    yield `\nskipped, ${reason}:\n${names.map((name) => `  - ${name}\n`).join("")}`;
    skips += names.length;
  }
  yield `\n${passed} passed, ${failed.length} failed, ${skips} skipped\n`;
}
