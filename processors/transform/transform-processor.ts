import { AttributeDraft, readerOf } from "#core/attribute-draft.ts";
import { EMPTY_ATTRIBUTES } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { BatchEdit } from "#core/batch-edit.ts";
import type { Processor } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import { PermanentError } from "#core/errors.ts";
import { emptyRecord } from "#core/object-batch.ts";
import { RecordDraft } from "#core/record-draft.ts";
import { FailureLog } from "#kit/failure-log.ts";
import type { Group } from "#ottl/compile-group.ts";
import { EvaluationError } from "#ottl/evaluation-error.ts";
import type { EditFrame } from "#ottl/frame.ts";
import type { ErrorMode } from "#ottl/settings.ts";

interface StatementGroup extends Group {
  readonly errorMode: ErrorMode;
}

/** Runs groups of statements one after the other over each batch, and sets single records aside where that is asked for. */
export class TransformProcessor implements Processor {
  readonly #groups: readonly StatementGroup[];
  readonly #context: Context;
  readonly #next: Consumer;
  readonly #failures: FailureLog;

  constructor(groups: readonly StatementGroup[], context: Context, next: Consumer) {
    this.#groups = groups;
    this.#context = context;
    this.#next = next;
    this.#failures = new FailureLog(context, "statement failed on a record, going on with the next", {
      name: "tidewatch_transform_failed_statements",
      description: "Statements and group conditions that could not be carried out on a record.",
    });
  }

  async consume(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const edit = new BatchEdit(batch);
    const failed = new Map<number, EvaluationError>();
    for (const [position, group] of this.#groups.entries()) {
      if (group.context === "log") this.#onRecords(position, group, edit, failed);
      else {
        const error = this.#run(position, group, this.#frame(edit, new RecordDraft(emptyRecord(batch.resource))));
        // The statement is about what all records share, so they fail together.
        if (error !== undefined) return this.#context.reject(batch, asReason(error.message));
      }
    }
    for (const [message, indexes] of Map.groupBy(failed.keys(), (i) => failed.get(i)?.message ?? "")) {
      await this.#context.reject(batch.select(indexes), asReason(message));
    }
    if (failed.size === batch.size && failed.size > 0) return;
    const edited = edit.finish();
    if (failed.size === 0) return this.#next.consume(edited, signal);
    const kept = Array.from({ length: batch.size }, (_, i) => i).filter((i) => !failed.has(i));
    return this.#next.consume(edited.select(kept), signal);
  }

  #onRecords(position: number, group: StatementGroup, edit: BatchEdit, failed: Map<number, EvaluationError>): void {
    for (let i = 0; i < edit.batch.size; i++) {
      if (failed.has(i)) continue;
      const error = this.#run(position, group, this.#frame(edit, edit.draft(i)));
      if (error !== undefined) failed.set(i, error);
    }
  }

  #frame(edit: BatchEdit, record: RecordDraft): EditFrame {
    return {
      record,
      resource: edit.resource,
      cache: new AttributeDraft(readerOf(EMPTY_ATTRIBUTES)),
      nowUnixNano: () => this.#context.clock.nowUnixNano(),
      monotonicMs: () => this.#context.clock.monotonic(),
    };
  }

  /** The failure that ends the record's way, if there is one. */
  #run(position: number, group: StatementGroup, frame: EditFrame): EvaluationError | undefined {
    const { conditions, statements } = group;
    const groupPlace = `log_statements::${position}`;
    let wanted = conditions.length === 0;
    for (const [i, test] of conditions.entries()) {
      if (wanted) break;
      const error = this.#attempt(group, `${groupPlace}::conditions::${i}`, () => {
        wanted = test(frame);
      });
      if (error !== undefined) return error;
    }
    if (!wanted) return undefined;
    for (const [i, statement] of statements.entries()) {
      const error = this.#attempt(group, `${groupPlace}::statements::${i}`, () => {
        statement(frame);
      });
      if (error !== undefined) return error;
    }
    return undefined;
  }

  #attempt({ errorMode }: StatementGroup, place: string, act: () => void): EvaluationError | undefined {
    try {
      act();
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#failures.failed(place, error, { silent: errorMode !== "ignore" });
      if (errorMode === "propagate") return error;
    }
    return undefined;
  }
}

function asReason(message: string): PermanentError {
  return new PermanentError(`a statement failed: ${message}`, { code: "ottl" });
}
