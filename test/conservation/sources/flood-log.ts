import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { NumberedLedger } from "./numbered-ledger.ts";
import { tidbLine } from "./tidb-line.ts";

const FILES = 4;

/** Logs that grow faster than anybody takes them; each file is a source of its own. */
export class FloodLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  readonly #times: number;
  written = 0;

  /** Writes `times` what it is told to. */
  constructor(stage: Stage, times: number) {
    this.#stage = stage;
    this.#times = times;
    this.include = [join(stage.path, "tidb*.log")];
  }

  async write(count: number): Promise<void> {
    const each = Math.ceil((count * this.#times) / FILES);
    for (let file = 0; file < FILES; file++) {
      let text = "";
      for (let i = 0; i < each; i++) text += tidbLine(this.written++, file);
      await appendFile(join(this.#stage.path, `tidb-${file}.log`), text);
    }
  }

  ledger(): Ledger {
    return new NumberedLedger(this.written);
  }
}
