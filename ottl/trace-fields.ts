import type { Access } from "./access.ts";
import { EvaluationError } from "./evaluation-error.ts";
import type { EditFrame, Frame } from "./frame.ts";
import { typeName } from "./value.ts";

type IdKey = "traceId" | "spanId";

/** Trace context of the log context, as the collector has it: an id that is not set reads as zeros. */
export const TRACE_FIELDS: Readonly<Record<string, () => Access>> = {
  trace_id: () => bytesField("traceId", 16),
  "trace_id.string": () => hexField("traceId", 16),
  span_id: () => bytesField("spanId", 8),
  "span_id.string": () => hexField("spanId", 8),
  flags: () => ({
    read: ({ record }) => BigInt(record.traceFlags),
    write({ record }, value) {
      if (typeof value !== "bigint" || value < 0n || value > 0xffff_ffffn)
        throw new EvaluationError(`flags must be an int of 32 bits, got ${typeName(value)}`);
      record.setHead("traceFlags", Number(value));
    },
    members: undefined,
  }),
};

function bytesField(key: IdKey, length: number): Access {
  return {
    read: (frame) => new Uint8Array(Buffer.from(hexOf(frame, key, length), "hex")),
    write(frame, value) {
      if (!(value instanceof Uint8Array) || value.length !== length)
        throw new EvaluationError(`an id of ${length} bytes was expected, got ${typeName(value)}`);
      setId(frame, key, Buffer.from(value).toString("hex"));
    },
    members: undefined,
  };
}

function hexField(key: IdKey, length: number): Access {
  return {
    read: (frame) => hexOf(frame, key, length),
    write(frame, value) {
      const bytes = typeof value === "string" ? Buffer.from(value, "hex") : undefined;
      if (bytes?.length !== length || typeof value !== "string" || value.length !== length * 2)
        throw new EvaluationError(`${length * 2} hex digits were expected, got ${typeName(value)}`);
      setId(frame, key, bytes.toString("hex"));
    },
    members: undefined,
  };
}

function hexOf({ record }: Frame, key: IdKey, length: number): string {
  return record[key] || "0".repeat(length * 2);
}

/** Zeros are no id (W3C trace context). */
function setId({ record }: EditFrame, key: IdKey, hex: string): void {
  record.setHead(key, Number(`0x${hex}`) === 0 ? "" : hex);
}
