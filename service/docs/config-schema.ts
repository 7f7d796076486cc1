import * as z from "zod";
import type { AnyFactory } from "#core/factory.ts";
import { COMPONENT_LISTS } from "../component-lists.ts";
import { serviceConfig } from "../config/service-schema.ts";

/** JSON Schema of a whole configuration, for editors. */
export function configSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Tidewatch configuration",
    type: "object",
    additionalProperties: false,
    required: ["service"],
    properties: {
      ...Object.fromEntries(
        Object.entries(COMPONENT_LISTS).map(([section, factories]) => [section, sectionSchema(factories)]),
      ),
      service: toSchema(serviceConfig),
    },
  };
}

function sectionSchema(factories: readonly AnyFactory[]): object {
  const patterns = factories.flatMap(({ type, deprecatedTypes, schema }) =>
    [type, ...deprecatedTypes].map((name) => [`^${name}(/.+)?$`, { anyOf: [toSchema(schema), { type: "null" }] }]),
  );
  return { type: "object", additionalProperties: false, patternProperties: Object.fromEntries(patterns) as object };
}

function toSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}
