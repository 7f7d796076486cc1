import assert from "node:assert/strict";
import { AttributeDraft, readerOf } from "#core/attribute-draft.ts";
import type { Attributes } from "#core/attributes.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { RecordDraft } from "#core/record-draft.ts";
import { compileGroup, type Group, type GroupMistake } from "#ottl/compile-group.ts";
import type { EditFrame } from "#ottl/frame.ts";

/** What `Now()` gives. */
export const NOW = 1_786_069_211_487_776_265n;

const isGroup = (compiled: Group | readonly GroupMistake[]): compiled is Group => "context" in compiled;

/** Mistakes of one statement, as text. */
export function mistakesIn(statement: string): string[] {
  const compiled = compileGroup({ conditions: [], statements: [statement] });
  return isGroup(compiled)
    ? []
    : compiled.map(
        ({ line, column, message, suggestion }) =>
          `${line}:${column} ${message}${suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`}`,
      );
}

export interface Ran {
  readonly record: PlainRecord;
  readonly resource: Attributes;
  readonly change: string;
}

/** Runs statements one after the other on one record. */
export function run(statements: readonly string[], record: PlainRecord = {}, resource: Attributes = {}): Ran {
  const compiled = compileGroup({ conditions: [], statements });
  assert.ok(isGroup(compiled), JSON.stringify(compiled));
  const frame = frameOf(record, resource);
  for (const statement of compiled.statements) statement(frame);
  return { record: frame.record.toPlain(), resource: frame.resource.all(), change: frame.record.change };
}

/** Whether a condition holds on a record. */
export function holds(condition: string, record: PlainRecord = {}, resource: Attributes = {}): boolean {
  const compiled = compileGroup({ conditions: [condition], statements: [] });
  assert.ok(isGroup(compiled), JSON.stringify(compiled));
  return compiled.conditions[0]?.(frameOf(record, resource)) === true;
}

/** What an expression comes to when it is set as an attribute; undefined for nil. */
export function valueOf(expression: string, record: PlainRecord = {}): unknown {
  const { attributes } = run([`set(attributes["out"], ${expression})`], record).record;
  return attributes?.["out"];
}

function frameOf(record: PlainRecord, resource: Attributes): EditFrame {
  return {
    record: new RecordDraft(new ObjectBatch({ attributes: resource }, [record]).at(0)),
    resource: new AttributeDraft(readerOf(resource)),
    cache: new AttributeDraft(readerOf({})),
    nowUnixNano: () => NOW,
    monotonicMs: () => performance.now(),
  };
}
