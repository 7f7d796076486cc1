import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "#service/clock.ts";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { startRedis } from "#test/support/redis.ts";
import { createResponder } from "#test/support/responder.ts";
import { startTidb, type TidbServer } from "#test/support/tidb.ts";

/**
 * From the deciding line in TiDB's log to the locked account, on a real TiDB with Redis: password guessing, the right
 * password, one refused statement. The clock runs from the moment the client has the refusal, which TiDB logs first, to
 * the moment another client reads `Account_locked = 'Y'`.
 */
const { values } = parseArgs({ options: { runs: { type: "string", default: "20" } } });
const rounds = Number(values.runs);
const root = fileURLToPath(new URL("..", import.meta.url));
const never = new AbortController().signal;

/** Guesses, then gets it right and is refused something. */
async function attack(tidb: TidbServer, user: string, from: string): Promise<void> {
  for (let guess = 0; guess < 12; guess++) await tidb.connect({ user, password: "wrong", from }).catch(() => undefined);
  const session = await tidb.connect({ user, password: "right", from });
  await session.query("SELECT * FROM mysql.user").catch(() => undefined);
}

async function untilLocked(tidb: TidbServer, user: string): Promise<void> {
  const reader = await tidb.connect();
  for (;;) {
    const [rows] = await reader.query("SELECT Account_locked AS locked FROM mysql.user WHERE User = ?", [user]);
    if ((rows as { locked: string }[])[0]?.locked === "Y") break;
    await systemClock.sleep(5, never);
  }
  await reader.end();
}

const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-"));
chmodSync(folder, 0o711);
try {
  await using tidb = await startTidb();
  await using redis = await startRedis();
  await createResponder(tidb);
  // All of them first: TiDB needs a moment until each of its sessions knows a new account.
  for (let round = 0; round < rounds; round++) await tidb.root(`CREATE USER victim${round} IDENTIFIED BY 'right'`);
  await tidb.root("FLUSH PRIVILEGES");
  // Twenty locks in a minute are more than the shipped limits allow.
  const playbook = join(folder, "contain.yaml");
  const shipped = readFileSync(join(root, "config/playbooks/contain-bruteforce.yaml"), "utf8");
  writeFileSync(playbook, shipped.replaceAll(/\d+\/h/g, "1000/h"));
  const config = join(folder, "tidewatch.yaml");
  writeFileSync(
    config,
    `
receivers: { file_log: { include: ["${tidb.logFile}"], start_at: end, attributes: { tidb.cluster: main } } }
processors: { tidb: , session: , detect: { rules: ["${root}/config/rules/**/*.yml"] } }
exporters: { file: { path: "${folder}/events.ndjson" }, playbooks: { playbooks: ["${playbook}"] } }
extensions:
  store: { data_dir: "${folder}/store" }
  responder:
    mode: enforce
    modes: { net.block_ip: observe }
    queue: { url: "${redis.url}" }
    clusters: { main: { endpoint: "127.0.0.1:${tidb.port}", username: responder } }
service:
  extensions: [store, responder]
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb, session, detect], exporters: [file] }
    logs/alerts: { receivers: [detect], exporters: [playbooks] }
`,
  );
  await using tidewatch = startTidewatch(["run", "--config", config]);
  await tidewatch.printed("everything is running");
  const tookMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const user = `victim${round}`;
    await attack(tidb, user, `203.0.113.${round + 1}`);
    const start = performance.now();
    await untilLocked(tidb, user);
    tookMs.push(performance.now() - start);
  }
  tookMs.sort((a, b) => a - b);
  const at = (share: number): number =>
    tookMs[Math.min(tookMs.length - 1, Math.ceil(tookMs.length * share) - 1)] ?? Number.NaN;
  const figures = { bench: "response", runs: rounds, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
  process.stdout.write(`from the refused statement to the locked account, ${rounds} runs, polling every 200 ms\n\n`);
  for (const [name, ms] of [
    ["p50", figures.p50Ms],
    ["p95", figures.p95Ms],
    ["max", figures.maxMs],
  ] as const)
    process.stdout.write(`${name}  ${ms.toFixed(0).padStart(6)} ms\n`);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
