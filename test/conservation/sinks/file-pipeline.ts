import { join } from "node:path";
import type { Pipeline, Stage } from "../family.ts";
import { FileSink } from "./file-sink.ts";

/** A queue in the run's storage, with what a small run needs. */
export const DURABLE_QUEUE = { storage: "file_storage", min_free_bytes: 0, checkpoint_interval: "20ms" };

/** A file, and a file behind a durable queue. */
export function filePipeline({ path }: Stage): Pipeline {
  const [direct, queued] = [join(path, "direct.ndjson"), join(path, "queued.ndjson")];
  return {
    exporters: { file: { path: direct }, "file/queued": { path: queued, sending_queue: DURABLE_QUEUE } },
    sinks: [new FileSink("file", direct), new FileSink("file/queued", queued)],
  };
}
