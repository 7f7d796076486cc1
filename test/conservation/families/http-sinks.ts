import type { Family, Life, Pipeline, Stage, World } from "../family.ts";
import { FaultySink } from "../faulty-sink.ts";
import { type Behaviour, TIMEOUT_MS } from "../sinks/deeds.ts";
import { DURABLE_QUEUE, filePipeline } from "../sinks/file-pipeline.ts";
import { BULK, OTLP } from "../sinks/protocols.ts";

const nothingYet = ({ sinks }: Pick<World, "sinks">): boolean => sinks.some((sink) => sink.faults === 0);
const KILL: Life = { end: "SIGKILL", goesOn: nothingYet };

const RETRIES = { initial_interval: "20ms", max_interval: "100ms" };

const EXPORTERS = {
  otlp_http: { protocol: OTLP, settings: { encoding: "json" } },
  elasticsearch: { protocol: BULK, settings: {} },
} as const;

type Type = keyof typeof EXPORTERS;

const BOTH: readonly Behaviour[] = ["away", "hang", "drip", "reset", "busy", "too_large", "unavailable", "late"];

/** A receiver over HTTP goes wrong, with a durable queue before it or without. A healthy file is beside it. */
export const httpSinkFamilies: Readonly<Record<string, Family>> = {
  ...Object.fromEntries(BOTH.map((behaviour) => [`sink_otlp.${behaviour}`, stopped("otlp_http", [behaviour])])),
  "sink_bulk.half": stopped("elasticsearch", ["half"]),
  "sink_bulk.mixed": stopped("elasticsearch", [...BOTH, "half"]),
  "sink_otlp.killed": { lives: () => [KILL, KILL], pipeline: pipelineOf("otlp_http", BOTH) },
  "sink_bulk.killed": { lives: () => [KILL, KILL], pipeline: pipelineOf("elasticsearch", [...BOTH, "half"]) },
};

/** Nobody kills the program: what comes twice has to be the receiver's own fault. */
function stopped(type: Type, behaviours: readonly Behaviour[]): Family {
  return { lives: () => [recovering()], pipeline: pipelineOf(type, behaviours), repeats: "never" };
}

/** The receiver recovers before the program stops: what a stop leaves undelivered may come again, to all sinks. */
function recovering(): Life {
  let steps = 0;
  let recovered = false;
  const outside = async ({ sinks }: World): Promise<void> => {
    if (++steps < 15 || nothingYet({ sinks })) return;
    for (const sink of sinks) await sink.heal?.();
    recovered = true;
  };
  return { outside, goesOn: () => !recovered, end: "SIGTERM" };
}

function pipelineOf(type: Type, behaviours: readonly Behaviour[]): (stage: Stage) => Promise<Pipeline> {
  return async (stage) => {
    const queued = stage.random() < 0.5;
    const { protocol, settings } = EXPORTERS[type];
    const sink = await FaultySink.start({ exporter: type, protocol, behaviours, random: stage.random });
    const { exporters, sinks } = filePipeline(stage);
    const faulty = {
      endpoint: sink.url,
      timeout: `${TIMEOUT_MS}ms`,
      retry_on_failure: RETRIES,
      ...settings,
      ...(queued ? { sending_queue: DURABLE_QUEUE } : {}),
    };
    return { exporters: { ...exporters, [type]: faulty }, sinks: [...sinks, sink] };
  };
}
