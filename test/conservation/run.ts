import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRandom, type Random } from "#test/oracle/random.ts";
import { startProgram, type TidewatchProcess } from "#test/oracle/tidewatch-process.ts";
import { freePorts } from "#test/support/free-port.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { type Balance, checkSink, metric } from "./check.ts";
import { type Fault, FAULTS } from "./faults.ts";

export interface RunResult extends Balance {
  readonly fault: string;
  readonly seed: number;
  /** Records by which the counters of the last life do not add up. */
  readonly unreconciled: number;
}

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** One seeded run: lives of the process that end as the faults say, a log that grows and rotates, and the balance. */
export async function conserve(fault: string, seed: number): Promise<RunResult> {
  const random = createRandom(seed);
  const faults = FAULTS[fault]?.(random);
  if (faults === undefined) throw new Error(`no such fault: ${fault}; there are ${Object.keys(FAULTS).join(" ")}`);
  await using dir = await tempDir();
  const [port = 0] = await freePorts(1);
  const config = join(dir.path, "tidewatch.yaml");
  await writeFile(config, configOf(dir.path, port));
  const source = new Source(dir.path, random);
  await source.write(1);
  for (const one of faults) await live(config, one, source, random);
  return { fault, seed, ...(await lastLife(config, dir.path, port, source)) };
}

function configOf(path: string, port: number): string {
  return `
receivers: { file_log: { include: ["${path}/tidb*.log"], start_at: beginning, poll_interval: 5ms, checkpoint_interval: 5ms, storage: file_storage } }
processors: { tidb: , session: { storage: file_storage } }
exporters:
  file: { path: "${path}/direct.ndjson" }
  file/queued:
    path: "${path}/queued.ndjson"
    sending_queue: { storage: file_storage, min_free_bytes: 0, checkpoint_interval: 20ms }
extensions: { file_storage: { directory: "${path}/storage" } }
service:
  extensions: [file_storage]
  telemetry: { metrics: { address: "127.0.0.1:${port}" } }
  dead_letter: { directory: "${path}/dead" }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb, session], exporters: [file, file/queued] }
`;
}

/** A log whose records are numbered; it is renamed away now and then. */
class Source {
  readonly #folder: string;
  readonly #random: Random;
  #segment = 0;
  written = 0;

  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
  }

  async write(count: number): Promise<void> {
    const log = join(this.#folder, "tidb.log");
    let text = "";
    for (let i = 0; i < count; i++) {
      text += `[2026/11/23 09:00:00.000 +01:00] [INFO] [a.go:1] ["größe"] [seg=${this.#segment}] [n=${this.written++}]\n`;
    }
    await appendFile(log, text);
    if (this.#random() < 0.2) await rename(log, join(this.#folder, `tidb-${this.#segment++}.log`));
  }
}

async function live(config: string, fault: Fault, source: Source, random: Random): Promise<void> {
  await using tidewatch = start(config, fault);
  let ended = false;
  void tidewatch.ended().then(() => (ended = true));
  await tidewatch.printed("everything is running").catch(() => undefined);
  // In steps that the program can follow, so that the end finds it in the middle of its work.
  for (let steps = 20 + Math.floor(random() * 40); steps > 0 && !ended; steps--) {
    await source.write(1 + Math.floor(random() * 40));
    if (fault.kind === "reload") tidewatch.child.kill("SIGHUP");
    for (let turns = Math.floor(random() * 3000); turns > 0 && !ended; turns--) await setImmediate();
  }
  if (ended) return;
  if (fault.kind !== "reload" && fault.kind !== "stop") {
    await tidewatch.stop("SIGKILL");
    return;
  }
  const code = await tidewatch.stop("SIGTERM");
  if (code !== 0) throw new Error(`tidewatch ended with ${code}:\n${tidewatch.stderr()}`);
}

/** Without a fault: everything that was written comes out, and the counters say so. */
async function lastLife(
  config: string,
  folder: string,
  port: number,
  source: Source,
): Promise<Balance & { unreconciled: number }> {
  await using tidewatch = start(config, null);
  await tidewatch.printed("everything is running");
  await source.write(400);
  await source.write(1);
  const end = `"tidb.n":"${source.written - 1}"`;
  const sinks = ["direct.ndjson", "queued.ndjson"].map((name) => join(folder, name));
  for (const sink of sinks) {
    while (!(await readFile(sink, "utf8").catch(() => "")).includes(end)) await setImmediate();
  }
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  while (metric(await scrape(), "tidewatch_exporter_queue_log_records") > 0);
  // Once more: a scrape reads the queue a moment before it reads the counters.
  const text = await scrape();
  const backlog = metric(text, "tidewatch_exporter_queue_restored_log_records");
  const accepted = metric(text, "otelcol_receiver_accepted_log_records");
  const sent = (exporter: string): number =>
    metric(text, "otelcol_exporter_sent_log_records", `exporter="${exporter}"`) +
    metric(text, "tidewatch_dead_letter_log_records", `component="${exporter}"`);
  const unreconciled = Math.abs(accepted - sent("file")) + Math.abs(accepted + backlog - sent("file/queued"));
  const code = await tidewatch.stop("SIGTERM");
  if (code !== 0) throw new Error(`tidewatch ended with ${code}:\n${tidewatch.stderr()}`);
  const balances = await Promise.all(
    sinks.map(async (sink) => checkSink(await readFile(sink, "utf8"), source.written)),
  );
  const sum = (name: keyof Balance): number => balances.reduce((total, balance) => total + balance[name], 0);
  return {
    lost: sum("lost"),
    invented: sum("invented"),
    repeated: sum("repeated"),
    out_of_order: sum("out_of_order"),
    unreconciled,
  };
}

function start(config: string, fault: Fault | null): TidewatchProcess {
  return startProgram(CHILD, [config, JSON.stringify(fault)]);
}
