import { pick } from "#test/oracle/random.ts";
import type { Family, Life, Pipeline, Stage } from "../family.ts";
import { FaultySink } from "../faulty-sink.ts";
import { DURABLE_QUEUE, filePipeline } from "../sinks/file-pipeline.ts";
import { BULK } from "../sinks/protocols.ts";
import { cutPower } from "../power-cut.ts";

/** Operations on the disk of a life, about. */
const MOST_OPERATIONS = 700;

/** The machine loses power: what was not synced may be gone. */
export const powerCutFamilies: Readonly<Record<string, Family>> = {
  power_cut: { lives: (stage) => [cut(stage), cut(stage), cut(stage)] },
  "power_cut.backlog": { lives: (stage) => [cut(stage), cut(stage), cut(stage)], pipeline: withBacklog },
};

/** A file, and a queue that nothing leaves before the last life: what it was given, it alone has. */
async function withBacklog(stage: Stage): Promise<Pipeline> {
  const sink = await FaultySink.start({
    exporter: "elasticsearch",
    protocol: BULK,
    behaviours: ["unavailable"],
    share: 1,
    random: stage.random,
  });
  const { exporters, sinks } = filePipeline(stage);
  const { file = {} } = exporters;
  const settings = { endpoint: sink.url, retry_on_failure: { initial_interval: "20ms" }, sending_queue: DURABLE_QUEUE };
  return { exporters: { file, elasticsearch: settings }, sinks: [...sinks.slice(0, 1), sink] };
}

function cut({ path, random }: Stage): Life {
  const journal = `${path}-journal`;
  return {
    // Early ones are more interesting: that is where files and folders are made.
    inside: {
      kind: "power",
      root: path,
      journal,
      nth: 1 + Math.floor(random() ** 2 * MOST_OPERATIONS),
      when: pick(random, ["before", "during", "after"] as const),
    },
    end: "SIGKILL",
    afterwards: (stage) => cutPower(stage.path, journal, stage.random),
  };
}
