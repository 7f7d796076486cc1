import type { Family, Life } from "../family.ts";
import { filePipeline } from "../sinks/file-pipeline.ts";
import { OddLinesLog } from "../sources/odd-lines-log.ts";
import { RenamedAwayLog } from "../sources/renamed-away-log.ts";
import { ReplacedLog } from "../sources/replaced-log.ts";
import { StormLog } from "../sources/storm-log.ts";
import { TruncatedLog } from "../sources/truncated-log.ts";

const KILL: Life = { end: "SIGKILL" };
const STOP: Life = { end: "SIGTERM" };
const killed = (): Life[] => [KILL, KILL, STOP];

/** What happens to the files that are read. */
export const logFileFamilies: Readonly<Record<string, Family>> = {
  rotation_storm: { lives: killed, source: (stage) => new StormLog(stage, "stamped") },
  "rotation_storm.numbered": { lives: killed, source: (stage) => new StormLog(stage, "numbered") },
  "rotation_storm.stopped": {
    lives: () => [STOP, STOP],
    source: (stage) => new StormLog(stage, stage.random() < 0.5 ? "stamped" : "numbered"),
    repeats: "never",
  },
  "rotation_storm.few_open": {
    lives: killed,
    source: (stage) => new StormLog(stage, stage.random() < 0.5 ? "stamped" : "numbered"),
    pipeline: (stage) => ({ ...filePipeline(stage), receiver: { max_concurrent_files: 3 } }),
  },
  copy_truncate: { lives: killed, source: (stage) => new TruncatedLog(stage, "covered") },
  "copy_truncate.hidden": { lives: killed, source: (stage) => new TruncatedLog(stage, "hidden") },
  renamed_away: { lives: killed, source: (stage) => new RenamedAwayLog(stage) },
  long_lines: { lives: () => [KILL, STOP], source: (stage) => new OddLinesLog(stage) },
  inode_reuse: { lives: killed, source: (stage) => new ReplacedLog(stage) },
};
