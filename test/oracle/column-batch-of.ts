import type { Resource } from "#core/attributes.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { ColumnWriter, rawColumns } from "#core/column-writer.ts";
import { JSON_SAFE, NON_ASCII } from "#core/columns.ts";
import { BODY, KeyTable } from "#core/key-table.ts";
import type { PlainRecord } from "#core/object-batch.ts";

/** A column batch with the same content as plain records whose values are all texts. */
export function columnBatchOf(resource: Resource, records: readonly PlainRecord[], keys = new KeyTable()): ColumnBatch {
  const pieces: Buffer[] = [];
  let length = 0;
  const put = (text: string): [number, number] => {
    const bytes = Buffer.from(text);
    pieces.push(bytes);
    length += bytes.length;
    return [length - bytes.length, length];
  };
  const flagsOf = (text: string): number => {
    const inside = JSON.stringify(text).slice(1, -1);
    return (inside === text ? JSON_SAFE : 0) | (Buffer.byteLength(text) === text.length ? 0 : NON_ASCII);
  };
  const writer = new ColumnWriter(keys);
  writer.open(records.length);
  const start = new Uint32Array(records.length);
  const end = new Uint32Array(records.length);
  const severities = [{ number: 0, text: undefined as string | undefined }];
  const eventNames: (string | undefined)[] = [undefined];
  for (const [i, record] of records.entries()) {
    writer.begin(i);
    start[i] = length;
    if (record.timeUnixNano !== undefined) {
      writer.timeMs = Number(record.timeUnixNano / 1_000_000n);
      writer.timeNs = Number(record.timeUnixNano % 1_000_000n);
    }
    writer.severity = severities.push({ number: record.severityNumber ?? 0, text: record.severityText }) - 1;
    writer.event = eventNames.push(record.eventName) - 1;
    const body = record.body as string;
    writer.field(BODY, ...put(body), flagsOf(body));
    for (const [name, value] of Object.entries((record.attributes ?? {}) as Record<string, string>)) {
      writer.field(keys.intern(name), ...put(value), flagsOf(value));
    }
    end[i] = length;
    writer.end();
  }
  const observed = records[0]?.observedTimeUnixNano ?? 0n;
  const raw = rawColumns(Buffer.concat(pieces), start, end, keys, observed);
  return new ColumnBatch(resource, writer.finish(raw, severities, eventNames, true));
}
