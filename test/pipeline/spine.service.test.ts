import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Kafka, logLevel } from "kafkajs";
import { systemClock } from "#service/clock.ts";
import { startTidewatch } from "#test/oracle/tidewatch-process.ts";
import { type KafkaBroker, startKafka } from "#test/support/kafka.ts";
import { startNetworkNamespace } from "#test/support/netns.ts";
import { startRedis } from "#test/support/redis.ts";
import { requireService } from "#test/support/require-service.ts";
import { createResponder, isLocked } from "#test/support/responder.ts";
import { startSmtp } from "#test/support/smtp.ts";
import { tempDir } from "#test/support/temp-dir.ts";
import { startTidb, type TidbServer } from "#test/support/tidb.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ATTACKER = "203.0.113.9";
const VICTIM = "shop_app";

/** Guesses, then gets it right, looks where it may not, and keeps a second session open. */
async function attack(tidb: TidbServer): Promise<void> {
  for (let guess = 0; guess < 12; guess++) {
    await assert.rejects(tidb.connect({ user: VICTIM, password: `wrong${guess}`, from: ATTACKER }), { errno: 1045 });
  }
  const session = await tidb.connect({ user: VICTIM, password: "right", from: ATTACKER });
  await assert.rejects(session.query("SELECT * FROM mysql.user"), { errno: 1142 });
}

async function alertsIn(kafka: KafkaBroker, topic: string, wanted: string): Promise<Record<string, unknown>> {
  const client = new Kafka({ brokers: [kafka.plaintext], logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: "test", maxWaitTimeInMs: 100 });
  const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const record = JSON.parse(message.value?.toString() ?? "{}") as { attributes: Record<string, unknown> };
      if (record.attributes["security_rule.name"] === wanted) resolve(record.attributes);
    },
  });
  try {
    return await promise;
  } finally {
    await consumer.disconnect();
  }
}

/** Asks again and again until the answer is the one. */
async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  while (!(await ask())) {
    assert.equal(signal.aborted, false, `not within 30 s: ${what}`);
    await systemClock.sleep(20, signal);
  }
}

test("from a line in TiDB's log to a locked account: observe changes nothing, enforce locks, kills, blocks, mails", async (t) => {
  for (const service of ["tidb", "redis", "kafka", "nftables"] as const) if (!requireService(t, service)) return;
  await using dir = await tempDir();
  // As root the database runs as somebody else, who has to get in.
  await chmod(dir.path, 0o711);
  await using tidb = await startTidb();
  await using redis = await startRedis();
  await using kafka = await startKafka();
  await using smtp = await startSmtp();
  await using namespace = await startNetworkNamespace([`${ATTACKER}/32`, "198.51.100.1/32"]);
  await kafka.createTopic("tidewatch.alerts");
  await createResponder(tidb);
  await tidb.root(`CREATE USER ${VICTIM} IDENTIFIED BY 'right'`);

  const configuration = (mode: string): string => `
receivers:
  file_log:
    include: ["${tidb.logFile}"]
    start_at: end
    poll_interval: 50ms
    attributes: { tidb.cluster: main }
processors:
  tidb:
  session:
  detect: { rules: ["${ROOT}/config/rules/**/*.yml"] }
exporters:
  file: { path: "${dir.path}/events.ndjson" }
  kafka: { brokers: ["${kafka.plaintext}"], topic: tidewatch.alerts }
  playbooks: { playbooks: ["${ROOT}/config/playbooks/*.yaml"] }
extensions:
  store: { data_dir: "${dir.path}/store" }
  responder:
    mode: ${mode}
    sweep_interval: 1s
    queue: { url: "${redis.url}" }
    clusters: { main: { endpoint: "127.0.0.1:${tidb.port}", username: responder } }
    actions:
      net.block_ip: { ports: [4000], command: ${JSON.stringify([...namespace.prefix, "nft"])} }
      notify.email: { host: 127.0.0.1, port: ${smtp.port}, security: none, from: tidewatch@example.com, to: [dba@example.com] }
service:
  extensions: [store, responder]
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb, session, detect], exporters: [file] }
    logs/alerts: { receivers: [detect], exporters: [kafka, playbooks] }
`;
  const config = join(dir.path, "tidewatch.yaml");
  const runs = async (): Promise<{ id: string; playbook: string; state: string }[]> => {
    const command = startTidewatch(["runs", "--json", "--config", config]);
    assert.equal(await command.ended(), 0, command.stderr());
    return JSON.parse(command.stdout()) as { id: string; playbook: string; state: string }[];
  };

  await t.test("in mode observe nothing is changed, and the plan has the exact statements", async () => {
    await writeFile(config, configuration("observe"));
    await using tidewatch = startTidewatch(["run", "--config", config]);
    await tidewatch.printed("everything is running");
    await attack(tidb);
    let contained: { id: string } | undefined;
    await until("an observed run", async () => {
      const all = await runs();
      contained = all.find(
        ({ playbook, state }) => playbook === "contain-bruteforce" && ["observed", "done"].includes(state),
      );
      return contained !== undefined;
    });
    const shown = startTidewatch(["runs", "--config", config, ...(contained === undefined ? [] : [contained.id])]);
    assert.equal(await shown.ended(), 0);
    assert.match(shown.stdout(), /nft: add 203\.0\.113\.9 to a block set/);
    assert.equal(await isLocked(tidb, VICTIM), false);
    assert.equal((await namespace.run("nft", "list", "tables")).trim(), "");
    assert.deepEqual(smtp.mails, []);
    assert.equal(await tidewatch.stop("SIGTERM"), 0);
  });

  await t.test(
    "in mode enforce the account is locked, its sessions die, the address is refused, people are told",
    async () => {
      await tidb.root(`DROP USER ${VICTIM}`, `CREATE USER ${VICTIM} IDENTIFIED BY 'right'`);
      await writeFile(config, configuration("enforce").replace(`${dir.path}/store`, `${dir.path}/store2`));
      await using tidewatch = startTidewatch(["run", "--config", config]);
      await tidewatch.printed("everything is running");
      const open = await tidb.connect({ user: VICTIM, password: "right", from: "10.0.0.7" });
      await open.query("SELECT 1");
      const died = new Promise((resolve) => open.on("error", resolve));
      await attack(tidb);
      await until("the lock", () => isLocked(tidb, VICTIM));
      await died;
      await assert.rejects(tidb.connect({ user: VICTIM, password: "right", from: ATTACKER }), { errno: 3118 });
      await until("the block", async () => (await namespace.run("nft", "list", "ruleset")).includes(ATTACKER));
      const alert = await alertsIn(kafka, "tidewatch.alerts", "auth.login_after_failures");
      assert.equal(alert["user.name"], VICTIM);
      assert.equal(alert["client.address"], ATTACKER);
      await until("the mail", async () => smtp.mails.length > 0);
      assert.ok(smtp.mails.some(({ parsed }) => /Password guessing|Session after/.test(parsed.subject ?? "")));
      assert.equal(await tidewatch.stop("SIGTERM"), 0);
    },
  );
});
