import { setTimeout } from "node:timers/promises";
import type { Stage } from "../family.ts";
import { checkpointOf } from "./checkpoint-of.ts";

const POLL_MS = 2;
/** How long the program may take; between two lives there is none that could. */
const PATIENCE_MS = 500;

/** Whether the program has called the file safe up to `offset`, or does so in a moment. */
export async function untilSafe(stage: Stage, path: string, offset: number): Promise<boolean> {
  const endMs = performance.now() + PATIENCE_MS;
  do {
    if ((await checkpointOf(stage, path)) >= offset) return true;
    await setTimeout(POLL_MS);
  } while (performance.now() < endMs);
  return false;
}
