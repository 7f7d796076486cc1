import * as z from "zod";

/** A setting that names an extension. */
export interface ExtensionReference {
  readonly path: readonly string[];
  readonly id: string;
}

/** Settings whose schema is `extensionId()`, with the ids that a raw configuration gives them. */
export function extensionReferences(
  schema: z.ZodType,
  raw: unknown,
  path: readonly string[] = [],
): ExtensionReference[] {
  if (raw === null || raw === undefined) return [];
  if (schema.meta()?.extensionId === true) return typeof raw === "string" ? [{ path, id: raw }] : [];
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return extensionReferences(schema.unwrap() as z.ZodType, raw, path);
  }
  if (!(schema instanceof z.ZodObject) || typeof raw !== "object") return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, inner]) =>
    extensionReferences(inner, (raw as Record<string, unknown>)[key], [...path, key]),
  );
}
