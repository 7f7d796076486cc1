import type { AttributeDraft, AttributeReader } from "#core/attribute-draft.ts";
import type { RecordDraft } from "#core/record-draft.ts";
import type { LogRecord } from "#core/record.ts";
import type { Value } from "./value.ts";

/** What a statement sees while it runs on one record (in the contexts resource and scope: once, and with no record). */
export interface Frame {
  /** Reading shows the changes made so far. */
  readonly record: LogRecord;
  readonly resource: AttributeReader;
  /** Scratch space of one group of statements on one record. */
  readonly cache: AttributeReader;
  /** Unix nanoseconds, for `Now()`. */
  nowUnixNano(): bigint;
  /** Milliseconds that never run backwards, for what must not take too long. */
  monotonicMs(): number;
}

/** A frame whose record may be changed; the same object as the Frame that readers get. */
export interface EditFrame extends Frame {
  readonly record: RecordDraft;
  readonly resource: AttributeDraft;
  readonly cache: AttributeDraft;
}

/** Reads a value. @throws EvaluationError when the record does not have what it needs. */
export type Getter = (frame: Frame) => Value;
/** Changes a record. @throws EvaluationError when it cannot; the record is then as it was before the editor, or in between. */
export type Editor = (frame: EditFrame) => void;
export type Test = (frame: Frame) => boolean;
