import { createHash } from "node:crypto";
import type { Queryable } from "./database.ts";
import { canonicalJson } from "./storable.ts";

export interface AuditEvent {
  /** Who: `responder`, or the person's name. */
  readonly actor: string;
  /** What, as a fixed word: `run_opened`, `effect_applied`. */
  readonly event: string;
  readonly run?: string | undefined;
  readonly step?: string | undefined;
  readonly effect?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditEntry extends AuditEvent {
  readonly seq: string;
  /** RFC 3339, from the database's clock. */
  readonly at: string;
}

export type AuditVerdict =
  | { readonly ok: true; readonly rows: number }
  | { readonly ok: false; readonly seq: string; readonly reason: string };

const PAGE = 1000;

/**
 * Adds an event to the end of the chain. The end stays locked until the transaction ends, so that concurrent
 * appends queue up: make this the last thing in a transaction.
 */
export async function appendAudit(tx: Queryable, event: AuditEvent): Promise<void> {
  const [head] = await tx.query<{ seq: string; hash: string; at: string }>(
    `select seq + 1 as seq, hash,
       to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
     from tidewatch.audit_head for update`,
  );
  if (head === undefined) throw new Error("the audit chain has no head");
  const { seq, at } = head;
  const content = canonicalJson({ seq, at, ...event });
  const hash = chainHash(head.hash, content);
  await tx.query("insert into tidewatch.audit (seq, run_id, content, hash) values ($1, $2, $3, $4)", [
    seq,
    event.run ?? null,
    content,
    hash,
  ]);
  await tx.query("update tidewatch.audit_head set seq = $1, hash = $2", [seq, hash]);
}

/** What happened in one run, in order. */
export async function listAudit(q: Queryable, runId: string): Promise<AuditEntry[]> {
  const rows = await q.query<{ content: string }>(
    "select content from tidewatch.audit where run_id = $1 order by seq limit 1000",
    [runId],
  );
  return rows.map(({ content }) => JSON.parse(content) as AuditEntry);
}

/** The entry at this position; undefined when there is none. */
export async function loadAuditEntry(q: Queryable, seq: number): Promise<AuditEntry | undefined> {
  const [row] = await q.query<{ content: string }>("select content from tidewatch.audit where seq = $1", [seq]);
  return row && (JSON.parse(row.content) as AuditEntry);
}

/** Recomputes the whole chain; names the first row that was changed, added, or is missing. */
export async function verifyAudit(q: Queryable): Promise<AuditVerdict> {
  // One statement sees one moment. Rows that are appended after it are not judged.
  const [head] = await q.query<{ seq: string; hash: string; last: string }>(
    "select seq, hash, (select coalesce(max(seq), 0) from tidewatch.audit) as last from tidewatch.audit_head",
  );
  if (head === undefined) return { ok: false, seq: "0", reason: "the recorded end is missing" };
  let seq = 0n;
  let hash = "";
  const end = BigInt(head.seq);
  while (seq < end) {
    const rows = await q.query<AuditRow>(
      "select seq, run_id, content, hash from tidewatch.audit where seq > $1 and seq <= $2 order by seq limit $3",
      [seq, end, PAGE],
    );
    if (rows.length === 0) return { ok: false, seq: String(seq + 1n), reason: "missing" };
    for (const row of rows) {
      seq += 1n;
      if (row.seq !== String(seq)) return { ok: false, seq: String(seq), reason: "missing" };
      hash = chainHash(hash, row.content);
      if (row.hash !== hash || !isAsWritten(row)) return { ok: false, seq: row.seq, reason: "changed" };
    }
  }
  if (hash !== head.hash) return { ok: false, seq: String(seq), reason: "not the end that was recorded" };
  if (BigInt(head.last) > end) return { ok: false, seq: String(end + 1n), reason: "behind the end that was recorded" };
  return { ok: true, rows: Number(seq) };
}

interface AuditRow {
  readonly seq: string;
  readonly run_id: string | null;
  readonly content: string;
  readonly hash: string;
}

/** Whether the columns beside the content say the same as the content. */
function isAsWritten({ seq, run_id, content }: AuditRow): boolean {
  try {
    const { seq: inner, run = null } = JSON.parse(content) as AuditEntry;
    return inner === seq && run === run_id;
  } catch {
    return false;
  }
}

function chainHash(previous: string, content: string): string {
  return createHash("sha256").update(`${previous}\n${content}`).digest("hex");
}
