import { setTimeout } from "node:timers/promises";
import type { Balance, Family, Ledger, Sink, Source, World } from "./family.ts";
import { running, startLife, stopCleanly } from "./life.ts";
import { metric } from "./metric.ts";

/** A sink that gets nothing new for so long will get nothing any more: what is missing is lost. */
const QUIET_MS = 20_000;
const POLL_MS = 5;

export interface Counted extends Balance {
  /** Records by which the counters do not add up. */
  readonly unreconciled: number;
  /** Repeats that no sink has to answer for. */
  readonly unexplained: number;
}

interface Parts extends Omit<World, "tidewatch"> {
  readonly source: Source;
  readonly metricsPort: number;
  readonly last: Family["last"];
}

/** A life without a fault: everything that was written comes out, and the counters say so. */
export async function lastLife(parts: Parts): Promise<Counted> {
  const { stage, configPath, source, sinks, metricsPort, last } = parts;
  for (const sink of sinks) await sink.heal?.();
  await using tidewatch = startLife(configPath, last?.inside, stage.signal);
  await running(tidewatch);
  await source.write(400);
  await source.write(1);
  await last?.lastly?.({ ...parts, tidewatch });
  const books = sinks.map((sink) => ({ sink, ledger: source.ledger() }));
  for (const book of books) await untilComplete(book, stage.signal);
  const text = await untilSettled(metricsPort, stage.signal);
  const unreconciled = sinks.reduce((sum, sink) => sum + difference(text, sink), 0);
  await stopCleanly(tidewatch, stage);
  for (const { sink, ledger } of books) await sink.poll((line) => ledger.take(line));
  const balances = books.map(({ ledger }) => ledger.balance());
  const sum = (name: keyof Balance): number => balances.reduce((total, balance) => total + balance[name], 0);
  return {
    lost: sum("lost"),
    invented: sum("invented"),
    repeated: sum("repeated"),
    out_of_order: sum("out_of_order"),
    unreconciled,
    unexplained: books.reduce((total, { sink }, k) => {
      return total + Math.max(0, (balances[k]?.repeated ?? 0) - (sink.mayRepeat?.() ?? 0));
    }, 0),
  };
}

async function untilComplete({ sink, ledger }: { sink: Sink; ledger: Ledger }, signal: AbortSignal): Promise<void> {
  let newsMs = performance.now();
  for (;;) {
    await sink.poll((line) => {
      newsMs = performance.now();
      ledger.take(line);
    });
    if (ledger.complete || performance.now() - newsMs > QUIET_MS) return;
    await setTimeout(POLL_MS, undefined, { signal });
  }
}

/** The program's metrics once nothing is in a queue, and once nothing new is counted. */
async function untilSettled(port: number, signal: AbortSignal): Promise<string> {
  let before = "";
  const endMs = performance.now() + QUIET_MS;
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { signal })).text();
    const counts = text
      .split("\n")
      .filter((line) => line.includes("_log_records"))
      .join("\n");
    if (metric(text, "tidewatch_exporter_queue_log_records") === 0 && counts === before) return text;
    if (performance.now() > endMs) return text;
    before = counts;
    await setTimeout(POLL_MS * 10, undefined, { signal });
  }
}

/** Records by which the counters of one exporter do not add up. */
function difference(metrics: string, { exporter }: Sink): number {
  const labels = `exporter="${exporter}"`;
  const came =
    metric(metrics, "otelcol_receiver_accepted_log_records") +
    metric(metrics, "tidewatch_exporter_queue_restored_log_records", labels);
  const went =
    metric(metrics, "otelcol_exporter_sent_log_records", labels) +
    metric(metrics, "tidewatch_exporter_queue_log_records", labels) +
    metric(metrics, "tidewatch_exporter_queue_damaged_log_records", labels) +
    metric(metrics, "tidewatch_dead_letter_log_records", `component="${exporter}"`);
  return Math.abs(came - went);
}
