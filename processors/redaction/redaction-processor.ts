import type { LogBatch } from "#core/batch.ts";
import { BatchEdit } from "#core/batch-edit.ts";
import type { Processor } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Clock } from "#core/context.ts";
import type { AttributeDraft } from "#core/attribute-draft.ts";
import type { Pattern } from "#core/pattern.ts";
import type { Secret } from "#kit/schema-types.ts";
import { createMask } from "./mask.ts";
import { redactAttributes, redactBody, type RedactionRules } from "./redact.ts";
import { Summary, SUMMARY_KEYS, writeSummary } from "./summary.ts";

interface Settings {
  readonly allow_all_keys: boolean;
  readonly allowed_keys: readonly string[];
  readonly ignored_keys: readonly string[];
  readonly ignored_key_patterns: readonly Pattern[];
  readonly blocked_key_patterns: readonly Pattern[];
  readonly blocked_values: readonly Pattern[];
  readonly allowed_values: readonly Pattern[];
  readonly redact_all_types: boolean;
  readonly hash_function?: Parameters<typeof createMask>[0];
  readonly hmac_key?: Secret | undefined;
  readonly summary: "debug" | "info" | "silent";
}

/** Removes and masks in the resource, the attributes and the body of every record. */
export class RedactionProcessor implements Processor {
  readonly #rules: RedactionRules;
  readonly #level: Settings["summary"];
  readonly #next: Consumer;

  constructor(settings: Settings, clock: Clock, next: Consumer) {
    this.#rules = toRules(settings, clock);
    this.#level = settings.summary;
    this.#next = next;
  }

  consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const edit = new BatchEdit(batch);
    this.#attributes(edit.resource);
    for (let i = 0; i < batch.size; i++) {
      const record = edit.draft(i);
      // Before the summary is written: it is no part of what is looked at.
      const inBody = new Summary();
      record.setHead("body", redactBody(record.body, this.#rules, inBody));
      this.#attributes(record.draft);
      writeSummary(record.draft, inBody, this.#level, "redaction.body.");
    }
    return this.#next.consume(edit.finish(), signal);
  }

  #attributes(draft: AttributeDraft): void {
    const summary = new Summary();
    const before = draft.all();
    const after = redactAttributes(before, this.#rules, summary);
    if (after !== before) draft.replace(after);
    writeSummary(draft, summary, this.#level, "redaction.");
  }
}

function toRules(settings: Settings, clock: Clock): RedactionRules {
  const allowed = new Set([...settings.allowed_keys, ...SUMMARY_KEYS]);
  const ignored = new Set(settings.ignored_keys);
  const some = (patterns: readonly Pattern[]) => (text: string) => patterns.some((pattern) => pattern.test(text));
  const matchesIgnored = some(settings.ignored_key_patterns);
  return {
    isIgnored: (key) => ignored.has(key) || matchesIgnored(key),
    isRemoved: settings.allow_all_keys ? () => false : (key) => !allowed.has(key),
    isMasked: some(settings.blocked_key_patterns),
    isAllowed: some(settings.allowed_values),
    blockedValues: settings.blocked_values,
    mask: createMask(settings.hash_function, settings.hmac_key),
    monotonicMs: () => clock.monotonic(),
    allTypes: settings.redact_all_types,
  };
}
