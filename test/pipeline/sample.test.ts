import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Alert } from "#core/alert.ts";
import { alertFromRecord } from "#core/alert-record.ts";
import { systemClock } from "#service/clock.ts";
import { COMPONENT_LISTS } from "#service/component-lists.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { lineCollector } from "#test/oracle/line-collector.ts";

interface Label {
  readonly id: string;
  readonly category: string;
  readonly technique: string;
  readonly benign: boolean;
  readonly from: string;
  readonly to: string;
  readonly users: readonly string[];
  readonly addresses: readonly string[];
  /** The episode left lines in the log. */
  readonly visible: boolean;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const labels = JSON.parse(readFileSync(new URL("testdata/sample-labels.json", import.meta.url), "utf8")) as Label[];

/** Runs the sample through the components that the shipped configuration has, and returns its alerts. */
async function alertsOfSample(): Promise<Alert[]> {
  const find = (list: "receivers" | "processors", type: string) =>
    COMPONENT_LISTS[list].find((factory) => factory.type === type);
  const alerts: Alert[] = [];
  const context = () => fakeContext({ clock: systemClock });
  const passed = lineCollector();
  const emitted = {
    async consume(batch: Parameters<typeof passed.consume>[0]) {
      for (const record of batch) {
        const alert = alertFromRecord(record);
        assert.ok(typeof alert !== "string", String(alert));
        alerts.push(alert);
      }
    },
  };
  const [tidbFactory, sessionFactory, detectFactory] = ["tidb", "session", "detect"].map((type) =>
    find("processors", type),
  );
  assert.ok(
    tidbFactory?.kind === "processor" && sessionFactory?.kind === "processor" && detectFactory?.kind === "processor",
  );
  const detect = detectFactory.prepare({ rules: [`${ROOT}/config/rules/**/*.yml`], strict: true })(
    context(),
    passed,
    emitted,
  );
  const session = sessionFactory.prepare({})(context(), detect, emitted);
  const tidb = tidbFactory.prepare({})(context(), session, emitted);
  const receiver = find("receivers", "file_log");
  assert.ok(receiver?.kind === "receiver");
  const files = [
    { include: [`${ROOT}/config/sample/tidb.log`] },
    {
      include: [`${ROOT}/config/sample/tidb-slow.log`],
      multiline: { line_start_pattern: "^# Time: " },
      force_flush_period: "20ms",
    },
  ];
  await detect.start?.(new AbortController().signal);
  for (const [file, records] of [
    [files[0], 2026],
    [files[1], 33],
  ] as const) {
    const before = passed.lines.length;
    const tail = receiver.prepare({ ...file, start_at: "beginning", poll_interval: "5ms" })(context(), tidb);
    await tail.start?.(new AbortController().signal);
    await passed.until(before + records);
    await tail.shutdown?.(AbortSignal.timeout(5000));
  }
  return alerts;
}

const MS = 1_000_000n;
const during = (alert: Alert, { from, to }: Label): boolean =>
  alert.lastSeenUnixNano >= BigInt(Date.parse(from)) * MS &&
  alert.firstSeenUnixNano <= BigInt(Date.parse(to) + 1000) * MS;

function isAbout({ entities, reason, evidence }: Alert, { users, addresses }: Label): boolean {
  const { user, clientAddress } = entities;
  if (clientAddress !== undefined && addresses.includes(clientAddress)) return true;
  if (user !== undefined && users.includes(user)) return true;
  // Alerts about many accounts or addresses name them in the reason; lines without an identity name none.
  const named = user !== undefined || clientAddress !== undefined;
  return !named && [reason, ...evidence.map(({ excerpt }) => excerpt)].join().length > 0;
}

test("every labelled attack of the sample that left lines is found, with its user or address, and nothing else is", async () => {
  const alerts = (await alertsOfSample()).filter(({ severity }) => ["medium", "high", "critical"].includes(severity));
  const attacks = labels.filter(({ benign, visible }) => visible && !benign);
  assert.ok(attacks.length >= 20);
  const missed = attacks.filter((label) => !alerts.some((alert) => during(alert, label) && isAbout(alert, label)));
  assert.deepEqual(
    missed.map(({ id, category, technique }) => `${id} ${category}: ${technique}`),
    [],
  );
  const noise = alerts.filter((alert) => !labels.some((label) => !label.benign && during(alert, label)));
  assert.deepEqual(
    noise.map(({ ruleName, entities, reason }) => ({ ruleName, entities, reason })),
    [],
  );
});
