import { join } from "node:path";
import type { Family, Life, Pipeline, Stage } from "../family.ts";
import { DURABLE_QUEUE, filePipeline } from "../sinks/file-pipeline.ts";
import { FifoSink } from "../sinks/fifo-sink.ts";

const STOP: Life = { end: "SIGTERM" };

/** A sink hangs when the program is told to stop: it has to end in time, and to lose nothing. */
export const stuckSinkFamilies: Readonly<Record<string, Family>> = {
  stuck_sink_sigterm: { lives: () => [STOP], pipeline: (stage) => withFifo(stage, {}, false) },
  "stuck_sink_sigterm.queued": {
    lives: () => [STOP],
    pipeline: (stage) => withFifo(stage, { sending_queue: DURABLE_QUEUE }, true),
  },
};

/** The two files, and a pipe that nobody reads. */
async function withFifo(stage: Stage, settings: object, queued: boolean): Promise<Pipeline> {
  const path = join(stage.path, "pipe");
  const { exporters, sinks } = filePipeline(stage);
  return {
    exporters: { ...exporters, "file/pipe": { path, fsync: "never", ...settings } },
    sinks: [...sinks, await FifoSink.make("file/pipe", path, queued)],
  };
}
