import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { loadRules } from "#sigma/load-rules.ts";
import { generateLog } from "./generate-log.ts";
import { type Figures, measure } from "./measure.ts";

/**
 * file -> tidb -> session -> detect -> NDJSON, beside a naive design on the same input, and once more on a tenth of it
 * to see whether memory depends on the length of the file, and with a durable queue, synced, in front of the exporter. Both must write the same bytes and raise as many alerts.
 */
const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "1000000" },
    // The best of so many counts, for each contender.
    runs: { type: "string", default: "2" },
    // So many of the shipped rule files, from all their folders alike; or `all`.
    rules: { type: "string", default: "30" },
  },
});
const lines = Number(values.lines);
const load = (paths: readonly string[]): ReturnType<typeof loadRules> =>
  loadRules(paths.map((path) => ({ path, text: readFileSync(path, "utf8") })));

/** In blocks: an output is larger than a buffer may be. */
function sha256(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  const block = Buffer.alloc(1024 * 1024);
  for (let length = readSync(file, block); length > 0; length = readSync(file, block))
    hash.update(block.subarray(0, length));
  closeSync(file);
  return hash.digest("hex");
}

const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-"));
try {
  mkdirSync(join(folder, "rules"));
  const shipped = globSync(fileURLToPath(new URL("../config/rules/**/*.yml", import.meta.url))).sort();
  const share = values.rules === "all" ? 1 : Math.min(1, Number(values.rules) / shipped.length);
  const taken = shipped.filter((_, i) => Math.round((i + 1) * share) > Math.round(i * share));
  for (const path of taken) copyFileSync(path, join(folder, "rules", basename(path)));
  const rules = join(folder, "rules/*.yml");
  const ruleCount = load(taken);

  const whole = join(folder, "tidb.log");
  const tenth = join(folder, "tenth/tidb.log");
  const bytes = generateLog(whole, lines);
  const short = join(folder, "short/tidb.log");
  mkdirSync(join(folder, "tenth"));
  mkdirSync(join(folder, "short"));
  generateLog(tenth, lines / 10);
  generateLog(short, 1000);
  const outputs = new Map<string, string>();
  const best: Record<string, Figures> = {};
  const contend = async (name: string, script: string, input: string, count: number, extra = ""): Promise<void> => {
    process.stderr.write(`${name} …\n`);
    const out = join(folder, `${script}.ndjson`);
    // What the run before left to be written must not take this one's time.
    spawnSync("sync");
    const figures = await measure(script, [input, out, rules, String(count), extra]);
    outputs.set(name, sha256(out));
    rmSync(out);
    rmSync(`${out}.storage`, { recursive: true, force: true });
    if (input === short) return;
    if (best[name] === undefined || figures.cpuSeconds < best[name].cpuSeconds) best[name] = figures;
  };
  // Fills the compile cache that both use from their second start on.
  await contend("tidewatch, first start", "contender-tidewatch.ts", short, 1000);
  await contend("naive, first start", "contender-naive.ts", short, 1000);
  for (let run = 0; run < Number(values.runs); run++) {
    await contend("tidewatch", "contender-tidewatch.ts", whole, lines);
    await contend("naive", "contender-naive.ts", whole, lines);
    await contend("tidewatch, a tenth", "contender-tidewatch.ts", tenth, lines / 10);
    await contend("durable queue, fsync", "contender-tidewatch.ts", whole, lines, "queued");
  }
  process.stdout.write(
    `${lines} lines, ${(bytes / lines).toFixed(0)} bytes each, ${ruleCount.rules.length} rules and ${ruleCount.correlations.length} correlations\n\n`,
  );
  process.stdout.write(
    `${"".padEnd(20)} ${["lines/s", "lines/CPU s", "CPU s/M lines", "peak MiB", "alerts"].map((text) => text.padStart(14)).join("")}\n`,
  );
  for (const [name, figures] of Object.entries(best)) {
    const row = [
      figures.lines / figures.wallSeconds,
      figures.lines / figures.cpuSeconds,
      (figures.cpuSeconds / figures.lines) * 1e6,
      figures.peakMemoryMiB,
      figures.alerts,
    ];
    process.stdout.write(
      `${name.padEnd(20)} ${row.map((value) => value.toFixed(value < 100 ? 2 : 0).padStart(14)).join("")}\n`,
    );
  }
  if (best["tidewatch"]?.alerts !== best["naive"]?.alerts || outputs.get("tidewatch") !== outputs.get("naive")) {
    throw new Error("the contenders did not do the same: their records or their alerts differ");
  }
  const perCpu = (name: string): number => (best[name]?.lines ?? 0) / (best[name]?.cpuSeconds ?? 1);
  const ratio = perCpu("tidewatch") / perCpu("naive");
  process.stdout.write(`\ntidewatch : naive = ${ratio.toFixed(1)} : 1 in lines per CPU second\n`);
  const wall = (name: string): number => (best[name]?.lines ?? 0) / (best[name]?.wallSeconds ?? 1);
  const queuedShare = wall("durable queue, fsync") / wall("tidewatch");
  process.stdout.write(
    `with a durable queue in front of the exporter: ${(queuedShare * 100).toFixed(0)} % of the lines/s\n`,
  );
  process.stdout.write(
    `${JSON.stringify({ bench: "pipeline", lines, rules: ruleCount.rules.length, ratio, queuedShare, contenders: best })}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
