import type { Context } from "#core/context.ts";
import { PermanentError, RetryableError } from "#core/errors.ts";
import type { Report } from "#kit/deliver.ts";
import { excerpt } from "#kit/http/refusal.ts";
import type { ItemResult } from "./bulk-answer.ts";

const WARN_INTERVAL_MS = 60_000;

/** The login lacks a right, or the index is closed for writing: somebody has to mend that. */
const SETTINGS_WAIT_MS = 30_000;

interface Options {
  /** Documents carry ids of ours: a conflict says that this one is there already. */
  readonly withIds: boolean;
  readonly redact: (text: string) => string;
}

/** Sorts the documents of a bulk request by what the server says of each. */
export class ItemVerdicts {
  readonly #context: Context;
  readonly #options: Options;
  #warnedMs = Number.NEGATIVE_INFINITY;

  constructor(context: Context, options: Options) {
    this.#context = context;
    this.#options = options;
  }

  /** Documents that the answer says nothing about are sent again. @throws RetryableError when none was taken or refused. */
  toReport(items: readonly (ItemResult | undefined)[], size: number): Report {
    const unsent: number[] = [];
    const refused: { index: number; reason: PermanentError }[] = [];
    const reasons = new Map<string, PermanentError>();
    let first: ItemResult | undefined;
    let retryAfterMs: number | undefined;
    for (let index = 0; index < size; index++) {
      const item = items[index];
      const verdict = this.#verdictOf(item);
      if (verdict === "refused") refused.push({ index, reason: this.#reason(item as ItemResult, reasons) });
      if (verdict === "taken" || verdict === "refused") continue;
      unsent.push(index);
      first ??= item;
      if (verdict === "settings") retryAfterMs = SETTINGS_WAIT_MS;
    }
    if (unsent.length === 0) return { refused };
    const error = this.#busy(unsent.length, size, first, retryAfterMs);
    if (unsent.length === size) throw error;
    this.#complain(error, unsent.length);
    return { unsent, refused, retryAfterMs };
  }

  #verdictOf(item: ItemResult | undefined): "taken" | "refused" | "busy" | "settings" {
    if (item === undefined) return "busy";
    const { status } = item;
    if (status >= 200 && status < 300) return "taken";
    if (status === 409 && this.#options.withIds) return "taken";
    if (status === 401 || status === 403) return "settings";
    return status === 429 || status >= 500 ? "busy" : "refused";
  }

  /** One for every kind of fault, with the words for its first document: they name that one, and would make each its own. */
  #reason(item: ItemResult, known: Map<string, PermanentError>): PermanentError {
    const kind = `${item.status} ${item.type}`;
    let reason = known.get(kind);
    if (reason === undefined) {
      const message = `Elasticsearch refused documents: ${this.#words(item)}`;
      known.set(kind, (reason = new PermanentError(message, { code: "elasticsearch_refused" })));
    }
    return reason;
  }

  #words({ status, type, reason }: ItemResult): string {
    return `${status} ${excerpt(`${type}: ${reason}`, this.#options.redact)}`;
  }

  #busy(count: number, size: number, item: ItemResult | undefined, retryAfterMs: number | undefined): RetryableError {
    const why = item === undefined ? "no word of them" : this.#words(item);
    const message = `Elasticsearch did not take ${count} of ${size} documents: ${why}`;
    return new RetryableError(message, { code: "elasticsearch_busy", retryAfterMs });
  }

  /** A batch that is half taken is no failure for whoever delivers it: it would not be told otherwise. */
  #complain(error: RetryableError, records: number): void {
    this.#context.report("StatusRecoverableError", error);
    const now = this.#context.clock.monotonic();
    if (now - this.#warnedMs < WARN_INTERVAL_MS) return;
    this.#warnedMs = now;
    this.#context.log.warn({ error, records }, "some records were not taken, will retry");
  }
}
