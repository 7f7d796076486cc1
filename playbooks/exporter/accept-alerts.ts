import type { Alert } from "#core/alert.ts";
import { saveAlert } from "#store/alerts.ts";
import { appendAudit, type AuditEvent } from "#store/audit.ts";
import type { Store } from "#store/connect-store.ts";
import type { Queryable } from "#store/database.ts";
import { enqueue } from "#store/outbox.ts";
import { openRun } from "#store/runs.ts";
import { alertFacts } from "../language/alert-facts.ts";
import type { Trigger } from "../language/trigger.ts";

/** Alerts in one transaction: each may hold a lock of its own, and PostgreSQL's table of locks is small. */
const CHUNK = 200;

/**
 * Stores the alerts and opens their runs, with the messages that start them. A run and its message are written in one
 * transaction, and when this resolves all is durable. Alerts that come again open nothing. Returns how many runs it
 * opened.
 */
export async function acceptAlerts(
  store: Pick<Store, "transaction">,
  triggers: readonly Trigger[],
  alerts: readonly Alert[],
): Promise<number> {
  // One order for all writers, so that they wait for each other's rows and never in a circle.
  const sorted = alerts.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  let opened = 0;
  for (let i = 0; i < sorted.length; i += CHUNK) {
    opened += await store.transaction((tx) => acceptChunk(tx, triggers, sorted.slice(i, i + CHUNK)));
  }
  return opened;
}

async function acceptChunk(tx: Queryable, triggers: readonly Trigger[], alerts: readonly Alert[]): Promise<number> {
  const opened: AuditEvent[] = [];
  for (const alert of alerts) {
    await saveAlert(tx, alert);
    const facts = alertFacts(alert);
    for (const trigger of triggers.filter((candidate) => candidate.matches(facts))) {
      const { playbook } = trigger;
      const run = await openRun(tx, {
        playbook: playbook.playbook,
        version: playbook.version,
        alertId: alert.id,
        definition: playbook,
        alert: facts,
        once: trigger.once(facts),
      });
      if (run === undefined) continue;
      await enqueue(tx, { runId: run });
      const detail = { playbook: playbook.playbook, version: playbook.version, alert: alert.id };
      opened.push({ actor: "playbooks", event: "run_opened", run, detail });
    }
  }
  // Last, because the end of the audit chain stays locked until the transaction ends.
  for (const event of opened) await appendAudit(tx, event);
  return opened.length;
}
