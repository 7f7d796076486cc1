import { toText } from "#core/attributes.ts";
import type { RuleMetadata } from "#sigma/rule-metadata.ts";
import type { SigmaRecord } from "#sigma/sigma-record.ts";

/** What tells one finding from another when the rule does not say. */
const DEFAULT_BY = ["user.name", "client.address"];
const DEFAULT_FOR_MS = 600_000;

/** Findings that are remembered; the oldest goes first. */
const MAX_REMEMBERED = 50_000;

const MAX_KEY_CHARACTERS = 1024;

interface Raised {
  untilMs: number;
  heldBack: number;
}

/** Raises a finding once, and holds the same one back for the rule's `dedup.for`, in event time. */
export class Suppression {
  readonly #raised = new Map<string, Raised>();
  /** Findings held back since the start. */
  heldBack = 0;
  /** Findings forgotten because there were too many. */
  evicted = 0;

  /** What distinguishes the finding, as a short text. */
  keyOf(rule: RuleMetadata, record: SigmaRecord): string {
    const by = rule.custom.dedup?.by ?? [];
    const values = (by.length > 0 ? by : DEFAULT_BY).map((field) => [field, toText(record.field(field))]);
    return JSON.stringify(values).slice(0, MAX_KEY_CHARACTERS);
  }

  /** How many findings this one stands for, itself included; 0 when it is to be held back. */
  raise(rule: RuleMetadata, key: string, timeMs: number): number {
    const id = `${rule.id}\0${key}`;
    const forMs = rule.custom.dedup?.for ?? DEFAULT_FOR_MS;
    const before = this.#raised.get(id);
    if (before !== undefined && timeMs < before.untilMs && timeMs > before.untilMs - 2 * forMs) {
      before.heldBack++;
      this.heldBack++;
      return 0;
    }
    this.#raised.delete(id);
    this.#raised.set(id, { untilMs: timeMs + forMs, heldBack: 0 });
    if (this.#raised.size > MAX_REMEMBERED) {
      this.#raised.delete(this.#raised.keys().next().value as string);
      this.evicted++;
    }
    return 1 + (before?.heldBack ?? 0);
  }
}
