import { stringify } from "yaml";
import type * as z from "zod";
import { COMPONENT_LISTS, findFactory } from "../component-lists.ts";
import { toPlain } from "../config/located.ts";
import { redact } from "../config/redact.ts";
import { serviceConfig } from "../config/service-schema.ts";
import type { Command } from "./command.ts";
import { loadChecked } from "./load-checked.ts";

export const printConfigCommand: Command = {
  summary: "print the merged configuration, secrets hidden",
  async run(options, host) {
    const plain = toPlain(loadChecked(options, host).root) as Record<string, Record<string, unknown>>;
    if (options.mode === "redacted") {
      plain["service"] = redact(serviceConfig, plain["service"]) as Record<string, unknown>;
      for (const section of ["receivers", "processors", "exporters", "extensions"] as const) {
        for (const [id, settings] of Object.entries(plain[section] ?? {})) {
          const found = findFactory<{ type: string; deprecatedTypes: readonly string[]; schema: z.ZodType }>(
            COMPONENT_LISTS[section],
            id.split("/")[0] ?? "",
          );
          if (found !== undefined)
            (plain[section] as Record<string, unknown>)[id] = redact(found.factory.schema, settings);
        }
      }
    }
    host.out.write(options.json ? `${JSON.stringify(plain)}\n` : stringify(plain, { lineWidth: 0 }));
    return 0;
  },
};
