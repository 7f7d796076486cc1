import { AttributeSet } from "#core/attributes.ts";
import { defineReceiver } from "#core/factory.ts";
import { fileLogConfig } from "./config.ts";
import { FileLogReceiver } from "./receiver.ts";

export const fileLogReceiver = defineReceiver({
  type: "file_log",
  deprecated_types: ["filelog"],
  stability: "beta",
  summary: "Tails log files through rotation, truncation and overwriting, and forgets nothing over a crash.",
  config: fileLogConfig,
  create: (options, context, next) =>
    new FileLogReceiver(options, options.multiline?.line_start_pattern, context, next, {
      attributes: Object.keys(options.attributes).length > 0 ? new AttributeSet(options.attributes) : undefined,
      reread: new AttributeSet({ "tidewatch.reread": true }),
    }),
});
