import { parseArgs } from "node:util";
import { errorMessage } from "#core/errors.ts";
import { createRandom } from "#test/oracle/random.ts";
import { FAMILIES } from "./families.ts";
import { conserve, isClean, type RunResult } from "./run.ts";

/**
 * `npm run test:conservation -- --seeds N [--fault NAME] [--seed S] [--minutes M] [--at-once K]`: every fault with N
 * seeds, or as many as fit into M minutes. NAME may end in `*`. Prints a table and, as its last line, one JSON object.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    /** The first seed; fresh ones each time by default. */
    seed: { type: "string" },
    fault: { type: "string" },
    minutes: { type: "string" },
    /** Runs at the same time: most of them wait most of the time. */
    "at-once": { type: "string", default: "2" },
  },
});
const wanted = values.fault ?? "*";
const matches = (name: string): boolean =>
  wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
const names = Object.keys(FAMILIES).filter(matches);
if (names.length === 0) throw new Error(`no such fault: ${wanted}; there are ${Object.keys(FAMILIES).join(" ")}`);
const first = Number(values.seed ?? Date.now() % 1_000_000_000);
const until = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
const random = createRandom(first);
const work = Array.from({ length: Number(values.seeds) }, (_, k) =>
  // In another order each time, so that a limit of time does not always leave out the same ones.
  names.map((fault) => ({ fault, seed: first + k, order: random() })).sort((a, b) => a.order - b.order),
).flat();
const results: RunResult[] = [];
const failed: string[] = [];

await Promise.all(
  Array.from({ length: Number(values["at-once"]) }, async () => {
    for (let next = work.shift(); next !== undefined && Date.now() < until; next = work.shift()) {
      const { fault, seed } = next;
      try {
        const result = await conserve(fault, seed);
        results.push(result);
        if (!isClean(result))
          process.stderr.write(`FAILED --fault ${fault} --seed ${seed}: ${JSON.stringify(result)}\n`);
      } catch (error) {
        failed.push(fault);
        process.stderr.write(`FAILED --fault ${fault} --seed ${seed}: ${errorMessage(error)}\n`);
      }
    }
  }),
);

const columns = ["lost", "invented", "repeated", "out_of_order", "unreconciled", "repeated_wrongly"] as const;
const total = (rows: readonly RunResult[], name: (typeof columns)[number]): number =>
  rows.reduce((sum, row) => sum + row[name], 0);
const titles = ["runs", "failed", ...columns].map((name) => ` ${name}`.padStart(8));
process.stdout.write(`${"fault".padEnd(32)}${titles.join("")}\n`);
for (const fault of names) {
  const rows = results.filter((row) => row.fault === fault);
  const broken = failed.filter((name) => name === fault).length;
  const cells = [rows.length + broken, broken, ...columns.map((name) => total(rows, name))];
  process.stdout.write(
    `${fault.padEnd(32)}${cells.map((cell, k) => String(cell).padStart(titles[k]?.length ?? 0)).join("")}\n`,
  );
}
const summary = Object.fromEntries(columns.map((name) => [name, total(results, name)]));
process.stdout.write(
  `${JSON.stringify({ bench: "conservation", runs: results.length + failed.length, failed: failed.length, first_seed: first, ...summary })}\n`,
);
if (failed.length > 0 || !results.every(isClean)) process.exitCode = 1;
