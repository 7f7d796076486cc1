import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a contender's process says about its run. */
export interface Figures {
  readonly lines: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryMiB: number;
  readonly alerts: number;
}

/** What every contender writes as the time of reading, so that their outputs can be compared byte by byte. */
export const OBSERVED_TIME = "2026-11-24T00:00:00.000Z";

/** The flags of `bin/tidewatch.mjs`, and the compile cache that it keeps; for every contender, so that none has an advantage. */
const FLAGS = ["--max-semi-space-size=4", "--semi-space-growth-factor=1"];
const NODE_COMPILE_CACHE = fileURLToPath(new URL("../.cache/compile", import.meta.url));

/** Runs a contender in a process of its own; its last line of output is its figures as JSON. */
export async function measure(script: string, args: readonly string[]): Promise<Figures> {
  const path = new URL(script, import.meta.url).pathname;
  const child = spawn(process.execPath, [...FLAGS, path, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${script} ended with ${code}\n${output}`);
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as Figures;
}

/** For contenders: starts the clock; the result ends it and gives the figures. */
export function startMeter(): (lines: number, alerts: number) => Figures {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return (lines, alerts) => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      lines,
      wallSeconds: (performance.now() - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
      alerts,
    };
  };
}
