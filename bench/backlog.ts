import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BatchCodec } from "#kit/batch-codec.ts";
import { openQueue } from "#kit/queue/open-queue.ts";
import { systemClock } from "#service/clock.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";

/**
 * A process with so many GiB in a durable queue is killed; then the real program starts on what it left: how long until
 * the first record is sent, and how much memory it takes while it sends on for some seconds. The page cache is emptied
 * before, where the system lets us.
 */
const { values } = parseArgs({
  options: {
    gib: { type: "string", default: "5" },
    seconds: { type: "string", default: "20" },
    /** Internal: fills this folder and kills itself. */
    fill: { type: "string" },
  },
});
const gib = Number(values.gib);

if (values.fill === undefined) await measure();
else await fill(values.fill);

async function fill(directory: string): Promise<void> {
  const line = (i: number): string =>
    `[2026/11/23 09:00:00.000 +01:00] [INFO] [session.go:3985] [GENERAL_LOG] [conn=${i}] [user=shop_app@10.0.0.7] [sql="SELECT id, name, price FROM products WHERE id=${i}"]`;
  const batch = linesBatch(Array.from({ length: 2000 }, (_, i) => line(i)));
  const { bytes } = new BatchCodec().encode(batch);
  const queue = await openQueue(
    directory,
    { fsync: "none", max_bytes: 2 ** 40 },
    { clock: systemClock, log: fakeContext().log },
  );
  const never = new AbortController().signal;
  for (let left = Math.ceil((gib * 1024 ** 3) / bytes.length); left > 0; left -= 16)
    await Promise.all(Array.from({ length: 16 }, () => queue.append({ payload: bytes, records: batch.size }, never)));
  process.kill(process.pid, "SIGKILL");
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-"));
  try {
    const output = join(folder, "out.ndjson");
    const config = join(folder, "tidewatch.yaml");
    writeFileSync(
      config,
      `
receivers: { file_log: { include: ["${folder}/none/*.log"] } }
extensions: { file_storage: { directory: "${folder}/storage" } }
exporters: { file: { path: "${output}", sending_queue: { storage: file_storage, max_bytes: 100GiB } } }
service:
  extensions: [file_storage]
  telemetry: { metrics: { level: none } }
  dead_letter: { directory: "${folder}/dead" }
  pipelines: { logs: { receivers: [file_log], exporters: [file] } }
`,
    );
    const filler = fork(import.meta.filename, ["--gib", values.gib, "--fill", join(folder, "storage/file.queue")]);
    await once(filler, "exit");
    const cold = dropCaches();
    const start = performance.now();
    await using tidewatch = startTidewatch(["run", "--config", config]);
    const size = (): number => statSync(output, { throwIfNoEntry: false })?.size ?? 0;
    while (size() === 0 && tidewatch.child.exitCode === null) await setTimeout(1);
    const firstSentMs = performance.now() - start;
    const rssMiB: number[] = [];
    while (performance.now() - start < Number(values.seconds) * 1000) {
      rssMiB.push(residentMiB(tidewatch.child.pid ?? 0));
      await setTimeout(250);
    }
    const sentMiB = size() / 1024 ** 2;
    await tidewatch.stop("SIGTERM");
    const tenth = Math.ceil(rssMiB.length / 10);
    const figures = {
      gib,
      cold,
      first_sent_ms: Math.round(firstSentMs),
      rss_mib_early: Math.round(Math.max(...rssMiB.slice(0, tenth))),
      rss_mib_late: Math.round(Math.max(...rssMiB.slice(-tenth))),
      rss_mib_max: Math.round(Math.max(...rssMiB)),
      sent_mib: Math.round(sentMiB),
    };
    process.stdout.write(`${JSON.stringify({ bench: "backlog", ...figures })}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function dropCaches(): boolean {
  try {
    writeFileSync("/proc/sys/vm/drop_caches", "1");
    return true;
  } catch {
    return false;
  }
}

function residentMiB(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .find((text) => text.startsWith("VmRSS:"));
  return (
    Number(
      line
        ?.split(" ")
        .filter((word) => word !== "")
        .at(1),
    ) / 1024
  );
}
