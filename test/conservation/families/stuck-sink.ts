import { join } from "node:path";
import type { Family, Life, Pipeline, Stage } from "../family.ts";
import { DURABLE_QUEUE, filePipeline } from "../sinks/file-pipeline.ts";
import { FaultySink } from "../faulty-sink.ts";
import { OTLP } from "../sinks/protocols.ts";
import { FifoSink } from "../sinks/fifo-sink.ts";

const STOP: Life = { end: "SIGTERM" };

/** A sink hangs when the program is told to stop: it has to end in time, and to lose nothing. */
export const stuckSinkFamilies: Readonly<Record<string, Family>> = {
  stuck_sink_sigterm: { lives: () => [STOP], pipeline: (stage) => withFifo(stage, {}) },
  "stuck_sink_sigterm.queued": {
    lives: () => [STOP],
    pipeline: (stage) => withFifo(stage, { sending_queue: DURABLE_QUEUE }),
  },
  "stuck_sink_sigterm.http": { lives: () => [STOP], pipeline: withSilentReceiver },
};

/** The two files, and a receiver that takes the connection and never answers. */
async function withSilentReceiver(stage: Stage): Promise<Pipeline> {
  const sink = await FaultySink.start({
    exporter: "otlp_http",
    protocol: OTLP,
    behaviours: ["hang"],
    share: 1,
    random: stage.random,
  });
  const { exporters, sinks } = filePipeline(stage);
  const silent = { endpoint: sink.url, encoding: "json", timeout: "60s" };
  return { exporters: { ...exporters, otlp_http: silent }, sinks: [...sinks, sink] };
}

/** The two files, and a pipe that nobody reads. */
async function withFifo(stage: Stage, settings: object): Promise<Pipeline> {
  const path = join(stage.path, "pipe");
  const { exporters, sinks } = filePipeline(stage);
  return {
    exporters: { ...exporters, "file/pipe": { path, fsync: "never", ...settings } },
    sinks: [...sinks, await FifoSink.make("file/pipe", path)],
  };
}
