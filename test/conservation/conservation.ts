import { parseArgs } from "node:util";
import { FAULTS } from "./faults.ts";
import { conserve, type RunResult } from "./run.ts";

/**
 * `npm run test:conservation -- --seeds N [--fault NAME] [--seed S] [--minutes M]`: every fault with N seeds, or as many
 * as fit into M minutes. Prints a table and, as its last line, one JSON object. Two runs at once.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    /** The first seed; fresh ones each time by default. */
    seed: { type: "string" },
    fault: { type: "string" },
    minutes: { type: "string" },
  },
});
const names = values.fault === undefined ? Object.keys(FAULTS) : [values.fault];
const first = Number(values.seed ?? Date.now() % 1_000_000_000);
const until = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
const work = Array.from({ length: Number(values.seeds) }, (_, k) =>
  names.map((fault) => ({ fault, seed: first + k })),
).flat();
const results: RunResult[] = [];

await Promise.all(
  [0, 1].map(async () => {
    for (let next = work.shift(); next !== undefined && Date.now() < until; next = work.shift()) {
      const result = await conserve(next.fault, next.seed);
      results.push(result);
      const bad = result.lost + result.invented + result.out_of_order + result.unreconciled > 0;
      if (bad) process.stderr.write(`FAILED --fault ${next.fault} --seed ${next.seed}: ${JSON.stringify(result)}\n`);
    }
  }),
);

const columns = ["lost", "invented", "repeated", "out_of_order", "unreconciled"] as const;
const total = (rows: readonly RunResult[], name: (typeof columns)[number]): number =>
  rows.reduce((sum, row) => sum + row[name], 0);
process.stdout.write(`${"fault".padEnd(32)} runs ${columns.map((name) => name.padStart(13)).join("")}\n`);
for (const fault of names) {
  const rows = results.filter((row) => row.fault === fault);
  const cells = columns.map((name) => String(total(rows, name)).padStart(13));
  process.stdout.write(`${fault.padEnd(32)} ${String(rows.length).padStart(4)} ${cells.join("")}\n`);
}
const summary = Object.fromEntries(columns.map((name) => [name, total(results, name)]));
process.stdout.write(
  `${JSON.stringify({ bench: "conservation", runs: results.length, first_seed: first, ...summary })}\n`,
);
if (columns.some((name) => name !== "repeated" && (summary[name] ?? 0) > 0)) process.exitCode = 1;
