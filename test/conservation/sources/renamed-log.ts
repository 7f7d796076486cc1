import { appendFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { NumberedLedger } from "./numbered-ledger.ts";
import { tidbLine } from "./tidb-line.ts";

/** A log whose records are numbered; it is renamed now and then to a name that the pattern covers too. */
export class RenamedLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  #file = 0;
  #written = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.include = [join(stage.path, "tidb*.log")];
  }

  async write(count: number): Promise<void> {
    const log = join(this.#stage.path, "tidb.log");
    let text = "";
    for (let i = 0; i < count; i++) text += tidbLine(this.#written++, this.#file);
    await appendFile(log, text);
    if (this.#stage.random() < 0.2) await rename(log, join(this.#stage.path, `tidb-${this.#file++}.log`));
  }

  ledger(): Ledger {
    return new NumberedLedger(this.#written);
  }
}
