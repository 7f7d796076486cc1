import * as z from "zod";
import { timespanSchema } from "./timespan.ts";

const MAX_REPEAT = 10_000;
const SECOND_MS = 1000;
/** 2026-03-02 10:00:00 UTC, a Monday; examples that do not say when they happen happen from here on. */
const START_MS = Date.UTC(2026, 2, 2, 10);
const FIRST_CONNECTION = 2_097_154;

const step = z.union([
  z.string().min(1),
  z.strictObject({
    line: z.string().min(1).describe("A raw line; {time}, {iso_time}, {conn} and {n} are filled in."),
    repeat: z.int().min(1).max(MAX_REPEAT).default(1).describe("How often the line is written."),
    every: timespanSchema.prefault("1s").describe("Time from one line to the next."),
  }),
]);

/** A raw log line, or the steps that write several. */
export const exampleSchema = z.union([z.string().min(1), z.array(step).min(1)]);

export type RuleExample = z.output<typeof exampleSchema>;

/**
 * The raw lines of an example. `{n}` counts from 1 within a step, `{n+20}` from 21; `{conn}` is a connection id of its
 * own for every line; `{time}` is the time of the line as TiDB's logs print it and `{iso_time}` as the slow log does,
 * one second (or `every`) after the line before.
 */
export function exampleLines(example: RuleExample): string[] {
  const steps = typeof example === "string" ? [example] : example;
  const lines: string[] = [];
  let timeMs = START_MS;
  for (const entry of steps) {
    const { line, repeat, every } = typeof entry === "string" ? { line: entry, repeat: 1, every: SECOND_MS } : entry;
    for (let n = 1; n <= repeat; n++) {
      lines.push(fill(line.trimEnd(), { n, timeMs, connection: FIRST_CONNECTION + 2 * lines.length }));
      timeMs += every;
    }
  }
  return lines;
}

interface Placeholders {
  readonly n: number;
  readonly timeMs: number;
  readonly connection: number;
}

function fill(line: string, { n, timeMs, connection }: Placeholders): string {
  const iso = new Date(timeMs).toISOString();
  const filled = line
    .replaceAll("{time}", `${iso.slice(0, 23).replaceAll("-", "/").replace("T", " ")} +00:00`)
    .replaceAll("{iso_time}", iso)
    .replaceAll("{conn}", String(connection))
    .replaceAll("{n}", String(n));
  return fillOffsets(filled, n);
}

/** `{n+20}`: the count from another start. */
function fillOffsets(line: string, n: number): string {
  const [head = "", ...rest] = line.split("{n+");
  return rest.reduce((done, piece) => {
    const end = piece.indexOf("}");
    return `${done}${n + Number(piece.slice(0, end))}${piece.slice(end + 1)}`;
  }, head);
}
