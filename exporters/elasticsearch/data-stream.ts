import type { Attributes, Resource } from "#core/attributes.ts";
import type { ElasticsearchConfig } from "./config.ts";

const DATASET = "data_stream.dataset";
const NAMESPACE = "data_stream.namespace";

/** Elasticsearch's limit for a part of a data stream's name, in bytes. */
const MAX_PART_BYTES = 100;

/** Where the records of a batch go. */
export interface Target {
  readonly index: string;
  /** Set when the target is a data stream by its name's parts: documents have to say the same as the name. */
  readonly dataStream: { readonly type: "logs"; readonly dataset: string; readonly namespace: string } | undefined;
}

/**
 * `logs_index`, or a data stream named after the resource. Attributes of records do not choose it: they may be a
 * stranger's, and every new name would be a new index.
 */
export function targetOf(
  { attributes }: Resource,
  { logs_index, mapping: { mode } }: Pick<ElasticsearchConfig, "logs_index" | "mapping">,
): Target {
  if (logs_index !== undefined) return { index: logs_index, dataStream: undefined };
  const suffix = mode === "otel" ? ".otel" : "";
  const given = part(attributes[DATASET], "generic", MAX_PART_BYTES - suffix.length);
  const dataset = given.endsWith(suffix) ? given : `${given}${suffix}`;
  const namespace = part(attributes[NAMESPACE], "default", MAX_PART_BYTES);
  return { index: `logs-${dataset}-${namespace}`, dataStream: { type: "logs", dataset, namespace } };
}

/** Attributes of a resource without those that chose the target. */
export function withoutDataStream(attributes: Attributes): Attributes {
  const { [DATASET]: _dataset, [NAMESPACE]: _namespace, "data_stream.type": _type, ...rest } = attributes;
  return rest;
}

/** Elasticsearch's rules for a part of the name: lower case, without `-` and the characters that indexes cannot have. */
function part(value: Attributes[string] | undefined, fallback: string, maxBytes: number): string {
  if (typeof value !== "string" || value === "") return fallback;
  let out = "";
  for (const char of value.toLowerCase()) {
    const code = char.codePointAt(0) as number;
    const forbidden = code <= 0x20 || code > 0x7e || '-\\/*?"<>|,#:'.includes(char);
    if (out.length < maxBytes) out += forbidden ? "_" : char;
  }
  return out;
}
