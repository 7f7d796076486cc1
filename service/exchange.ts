import { Secret } from "#kit/schema-types.ts";
import type { Clock } from "#core/context.ts";
import type { Graph, Node } from "./graph/build-graph.ts";

/** Time for what is under way to end by itself before it is sent back to its receivers. */
const PATIENCE_MS = 5000;

/** What a change of configuration means for what runs. */
export interface Exchange {
  /** To be stopped, sources first. */
  readonly leaving: readonly Node[];
  /** To be started, extensions and sinks first. */
  readonly coming: readonly Node[];
  readonly staying: readonly Node[];
}

/** Whether two parts of a configuration say the same, secrets included. */
export function sameSettings(a: unknown, b: unknown): boolean {
  return revealed(a) === revealed(b);
}

/** Not to be shown. */
function revealed(settings: unknown): string {
  return JSON.stringify(settings, function (this: Readonly<Record<string, unknown>>, key, value: unknown) {
    const original = this[key];
    return original instanceof Secret ? original.reveal() : value;
  });
}

export function compareGraphs(now: Pick<Graph, "nodes">, next: Pick<Graph, "nodes">): Exchange {
  const kept = new Set(next.nodes);
  const before = new Set(now.nodes);
  return {
    leaving: now.nodes.filter((node) => !kept.has(node)).toReversed(),
    coming: next.nodes.filter((node) => !before.has(node)),
    staying: next.nodes.filter((node) => before.has(node)),
  };
}

/** Lets no record into the pipelines and waits until none is in them. The result lets them in again. */
export async function pauseReceivers(nodes: readonly Node[], clock: Clock): Promise<() => void> {
  const gates = nodes.flatMap(({ gate }) => (gate === undefined ? [] : [gate]));
  for (const gate of gates) gate.close();
  const impatient = new AbortController();
  const drained = new AbortController();
  void clock.sleep(PATIENCE_MS, drained.signal).then(() => impatient.abort());
  await Promise.all(gates.map((gate) => gate.drained(impatient.signal)));
  drained.abort();
  return () => {
    for (const gate of gates) gate.open();
  };
}
