import * as z from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const nameAndValue = z.strictObject({
  name: z.string().min(1).describe("The attribute's name."),
  value: scalar.nullable().describe("Its value; null removes one that is there by default."),
  type: z
    .enum(["string", "bool", "int", "double"])
    .optional()
    .describe("Accepted for the collector's sake: the value says its type itself."),
});

const declarative = z.strictObject({
  attributes: z.array(nameAndValue).default([]).describe("Attributes of the resource."),
  schema_url: z.string().min(1).nullable().optional().describe("Schema that the attributes follow."),
});

/**
 * `service::telemetry::resource`, in both of the collector's forms: `service.name: x`, where null removes a default, and
 * the declarative one with `attributes`.
 */
export const resourceConfig = z
  .union([declarative, z.record(z.string().min(1), scalar.nullable())])
  .default({})
  .describe("Attributes of this process: on own metrics and logs that are sent, and in `target_info`.");

export type ResourceConfig = z.output<typeof resourceConfig>;

/** Names and values, in order; null removes. */
export function resourceSettings(
  config: ResourceConfig,
): readonly (readonly [string, string | number | boolean | null])[] {
  if ("attributes" in config && Array.isArray(config.attributes))
    return config.attributes.map(({ name, value }) => [name, value] as const);
  return Object.entries(config as Readonly<Record<string, string | number | boolean | null>>);
}
