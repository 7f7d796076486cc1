import * as z from "zod";
import { ConfigError, type ConfigIssue } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";

/** Checks a raw configuration value. @throws ConfigError with every mistake and, for names, the nearest valid one. */
export function parseConfig<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const result = schema.safeParse(raw ?? {});
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap((issue) => toIssues(schema, issue, raw)));
}

function toIssues(schema: z.ZodType, issue: z.core.$ZodIssue, raw: unknown): ConfigIssue[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    const valid = keysAt(schema, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key "${key}"${valid.length > 0 ? `; valid keys: ${valid.join(", ")}` : ""}`,
      suggestion: nearestName(key, valid),
      atKey: true,
    }));
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    const given = valueAt(raw, path);
    return [
      {
        path,
        message: `expected one of ${values.join(", ")}${given === undefined ? "" : `, got ${JSON.stringify(given)}`}`,
        suggestion: typeof given === "string" ? nearestName(given, values) : undefined,
      },
    ];
  }
  if (issue.code === "invalid_union") {
    // The branch that got furthest is the one that the user meant.
    const branches = issue.errors.map((errors) =>
      errors.flatMap((inner) => toIssues(schema, { ...inner, path: [...issue.path, ...inner.path] }, raw)),
    );
    const depth = (issues: ConfigIssue[]): number => Math.max(0, ...issues.map(({ path: p }) => p.length));
    branches.sort((a, b) => depth(b) - depth(a) || a.length - b.length);
    if (branches[0] !== undefined && branches[0].length > 0) return branches[0];
  }
  if (issue.code === "custom") {
    // A schema's own check says everything itself, and may offer a name as `params.suggestion`.
    const suggestion: unknown = issue.params?.["suggestion"];
    return [{ path, message: issue.message, suggestion: typeof suggestion === "string" ? suggestion : undefined }];
  }
  return [{ path, message: withGiven(issue.message, valueAt(raw, path)) }];
}

function withGiven(zodMessage: string, given: unknown): string {
  const message = zodMessage.replace(/^Invalid input: /, "");
  if (given === undefined || typeof given === "object") return message;
  return message.includes("received") && !message.includes("undefined")
    ? `${message} (${JSON.stringify(given)})`
    : message;
}

function valueAt(raw: unknown, path: readonly (string | number)[]): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** Names of the keys that an object at `path` may have. */
function keysAt(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let current: unknown = schema;
  for (const part of path) current = child(unwrap(current), part);
  const target = unwrap(current);
  return target instanceof z.ZodObject ? Object.keys(target.shape) : [];
}

function child(schema: unknown, part: string | number): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, unknown>)[String(part)];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodUnion) {
    return schema.options.map((option) => child(unwrap(option), part)).find((found) => found !== undefined);
  }
  return undefined;
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  for (;;) {
    if (
      current instanceof z.ZodOptional ||
      current instanceof z.ZodNullable ||
      current instanceof z.ZodDefault ||
      current instanceof z.ZodPrefault
    ) {
      current = current.unwrap();
    } else if (current instanceof z.ZodPipe) current = current.in;
    else return current;
  }
}
