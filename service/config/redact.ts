import * as z from "zod";

/** A raw configuration with the values hidden that the schema says are secrets. */
export function redact(schema: z.ZodType, raw: unknown): unknown {
  if (raw === null || raw === undefined) return raw;
  if (schema.meta()?.secret === true) return "[REDACTED]";
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return redact(schema.unwrap() as z.ZodType, raw);
  }
  if (schema instanceof z.ZodPipe) return redact(schema.in as z.ZodType, raw);
  // Whichever form it was written in: a form that does not fit finds nothing to hide.
  if (schema instanceof z.ZodUnion)
    return schema.options.reduce<unknown>((hidden, option) => redact(option as z.ZodType, hidden), raw);
  if (schema instanceof z.ZodArray && Array.isArray(raw))
    return raw.map((item) => redact(schema.element as z.ZodType, item));
  if (typeof raw !== "object" || Array.isArray(raw)) return raw;
  const entries = Object.entries(raw as Record<string, unknown>);
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>;
    return Object.fromEntries(
      entries.map(([key, value]) => [key, shape[key] === undefined ? value : redact(shape[key], value)]),
    );
  }
  if (schema instanceof z.ZodRecord) {
    return Object.fromEntries(entries.map(([key, value]) => [key, redact(schema.valueType as z.ZodType, value)]));
  }
  return raw;
}
