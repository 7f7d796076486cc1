import type { LogBatch } from "#core/batch.ts";

/**
 * Name of the TiDB instance that wrote a batch: connection ids mean something only within it. `service.instance.id`
 * where the resource has one, else the folder of the log file: main log, slow log and general log of one instance
 * lie together.
 */
export function instanceOf(batch: LogBatch): string {
  const id = batch.resource.attributes["service.instance.id"];
  if (typeof id === "string") return id;
  const path = batch.size > 0 ? batch.at(0).attribute("log.file.path") : undefined;
  return typeof path === "string" ? path.slice(0, Math.max(0, path.lastIndexOf("/"))) : "";
}
