import type { TestContext } from "node:test";
import { EMPTY_RESOURCE } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import type { Exporter } from "#core/component.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { elasticsearchExporter } from "../../exporters/elasticsearch/index.ts";
import type { BulkDocument } from "./bulk-server.ts";
import { type FakeContext, fakeContext } from "./fake-context.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

export interface Started {
  readonly exporter: Exporter;
  readonly context: FakeContext;
  readonly clock: ManualClock;
}

/** An exporter that is shut down when the test is over; its waits are not left to chance. */
export async function started(t: TestContext, settings: object): Promise<Started> {
  const clock = manualClock();
  const context = fakeContext({ clock });
  const exporter = elasticsearchExporter.prepare({ retry_on_failure: { randomization_factor: 0 }, ...settings })(
    context,
  );
  t.after(() => exporter.shutdown!(AbortSignal.timeout(1000)));
  await exporter.start!(AbortSignal.timeout(10_000));
  return { exporter, context, clock };
}

export const batchOf = (...bodies: readonly string[]): LogBatch =>
  new ObjectBatch(
    EMPTY_RESOURCE,
    bodies.map((body) => ({ body })),
  );

export const textOf = ({ source }: BulkDocument): unknown => (source.body as { text: string }).text;

/** Bodies and reasons of what was set aside. */
export const asideOf = ({ rejected }: FakeContext): [unknown[], string, string][] =>
  rejected.map(({ records, reason }) => [[...records].map(({ body }) => body), reason.code, reason.message]);

/** What the first line says went wrong. */
export const errorOf = ({ lines }: FakeContext): string => (lines[0]?.fields.error as Error | undefined)?.message ?? "";
