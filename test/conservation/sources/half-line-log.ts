import { appendFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { NumberedLedger } from "./numbered-ledger.ts";
import { tidbLine } from "./tidb-line.ts";

/**
 * A log whose last line gets its end only with the next one, and never if the file is renamed before. The record has to
 * come all the same.
 */
export class HalfLineLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  /** The last line has no end yet. */
  #open = false;
  #file = 0;
  #written = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.include = [join(stage.path, "tidb*.log")];
  }

  async write(count: number): Promise<void> {
    const log = join(this.#stage.path, "tidb.log");
    let text = this.#open ? "\n" : "";
    for (let i = 0; i < count; i++) text += tidbLine(this.#written++, this.#file);
    await appendFile(log, text.slice(0, -1));
    this.#open = this.#stage.random() > 0.2;
    if (!this.#open) await rename(log, join(this.#stage.path, `tidb-${this.#file++}.log`));
  }

  ledger(): Ledger {
    return new NumberedLedger(this.#written);
  }
}
