import { randomUUID } from "node:crypto";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { type ResourceConfig, resourceSettings } from "../config/resource-schema.ts";
import { VERSION } from "../version.ts";

/** One process, one instance: its log and its metrics say the same. */
const INSTANCE_ID = randomUUID();

/** Who sends own telemetry. Settings come on top of the defaults; null takes one away. */
export function ownResource(config: ResourceConfig): Resource {
  const attributes = new Map<string, string | number | boolean>([
    ["service.name", "tidewatch"],
    ["service.version", VERSION],
    ["service.instance.id", INSTANCE_ID],
  ]);
  for (const [name, value] of resourceSettings(config)) {
    if (value === null) attributes.delete(name);
    else attributes.set(name, value);
  }
  return resourceFromAttributes(Object.fromEntries(attributes));
}
