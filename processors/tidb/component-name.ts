import type { LogBatch } from "#core/batch.ts";

/** Components of a TiDB cluster that write logs. */
export const COMPONENTS = ["tidb", "pd", "tikv", "tiflash", "ticdc", "tiproxy"] as const;

/** The component that wrote a batch: as configured, by `service.name`, or by the file's name. */
export function componentOf(batch: LogBatch, configured: "auto" | (typeof COMPONENTS)[number]): string {
  if (configured !== "auto") return configured;
  const service = batch.resource.attributes["service.name"];
  if (typeof service === "string") return service;
  const name = batch.size > 0 ? batch.at(0).attribute("log.file.name") : undefined;
  if (typeof name !== "string") return "tidb";
  if (name.startsWith("cdc")) return "ticdc";
  return COMPONENTS.find((component) => component !== "tidb" && name.startsWith(component)) ?? "tidb";
}
