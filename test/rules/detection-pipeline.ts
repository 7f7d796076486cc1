import type { Alert } from "#core/alert.ts";
import type { Attributes } from "#core/attributes.ts";
import type { Consumer } from "#core/consumer.ts";
import type { LoadedRules } from "#sigma/load-rules.ts";
import { linesBatch } from "#test/oracle/lines-batch.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { manualClock } from "#test/support/manual-clock.ts";
import { Detector } from "../../processors/detect/detector.ts";
import { sessionProcessor } from "../../processors/session/index.ts";
import { tidbProcessor } from "../../processors/tidb/index.ts";

/** Lines go in as a file has them, and through the shipped processors; each line may be an entry of several. */
export interface DetectionPipeline {
  /** The alerts that these lines raise. */
  read(lines: readonly string[]): Promise<Alert[]>;
}

/** The way of a line of the file `name` from raw bytes to alerts. */
export function detectionPipeline(rules: LoadedRules, name: string): DetectionPipeline {
  const detector = new Detector(rules, manualClock(), 100_000);
  const alerts: Alert[] = [];
  const judge: Consumer = {
    consume(batch) {
      alerts.push(...detector.detect(batch));
      return Promise.resolve();
    },
  };
  const nobody: Consumer = { consume: () => Promise.resolve() };
  const session = sessionProcessor.prepare({})(fakeContext({ id: "session" }), judge, nobody);
  const tidb = tidbProcessor.prepare({})(fakeContext({ id: "tidb" }), session, nobody);
  const file: Attributes = { "log.file.path": `/var/log/tidb/${name}`, "log.file.name": name };
  return {
    async read(lines) {
      alerts.length = 0;
      await tidb.consume(linesBatch(lines, file), new AbortController().signal);
      return [...alerts];
    },
  };
}
