import { join } from "node:path";
import type { Config, Pipeline, Source, Stage } from "./family.ts";

/** What the program is told: small intervals, so that much happens in little time. */
export function configOf({ path }: Stage, source: Source, pipeline: Pipeline, metricsPort: number): Config {
  const processors = pipeline.processors ?? { tidb: {}, session: { storage: "file_storage" } };
  return {
    receivers: {
      file_log: {
        include: source.include,
        start_at: "beginning",
        poll_interval: "5ms",
        checkpoint_interval: "5ms",
        storage: "file_storage",
        ...pipeline.receiver,
      },
    },
    processors,
    exporters: pipeline.exporters,
    extensions: { file_storage: { directory: join(path, "storage") } },
    service: {
      extensions: ["file_storage"],
      telemetry: { metrics: { address: `127.0.0.1:${metricsPort}` } },
      dead_letter: { directory: join(path, "dead") },
      pipelines: {
        logs: {
          receivers: ["file_log"],
          processors: Object.keys(processors),
          exporters: Object.keys(pipeline.exporters),
        },
      },
    },
  };
}
