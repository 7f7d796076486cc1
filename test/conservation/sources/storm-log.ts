import { appendFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { NumberedLedger } from "./numbered-ledger.ts";
import { tidbLine } from "./tidb-line.ts";

/** Highest number that a rotated file gets; after it, it has a name for good. */
const GENERATIONS = 8;

/**
 * A log that is renamed after nearly every write, much faster than anybody looks. `stamped`: each rotated file gets a name
 * of its own, as lumberjack (TiDB's logger) does; `numbered`: all rotated files move up by one, as logrotate does.
 */
export class StormLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  readonly #rotate: () => Promise<void>;
  #file = 0;
  #written = 0;

  constructor(stage: Stage, kind: "stamped" | "numbered") {
    this.#stage = stage;
    this.include = [join(stage.path, "tidb*")];
    this.#rotate = kind === "stamped" ? () => this.#stamp() : () => this.#shift();
  }

  async write(count: number): Promise<void> {
    let left = count;
    while (left > 0) {
      const lines = Math.min(left, 1 + Math.floor(this.#stage.random() * 12));
      left -= lines;
      let text = "";
      for (let i = 0; i < lines; i++) text += tidbLine(this.#written++, this.#file);
      await appendFile(this.#path("tidb.log"), text);
      if (this.#stage.random() < 0.8) {
        await this.#rotate();
        this.#file++;
      }
    }
  }

  ledger(): Ledger {
    return new NumberedLedger(this.#written);
  }

  #stamp(): Promise<void> {
    const stamp = new Date(Date.UTC(2026, 10, 23, 8) + this.#file).toISOString().replaceAll(":", "-").slice(0, 23);
    return rename(this.#path("tidb.log"), this.#path(`tidb-${stamp}.log`));
  }

  async #shift(): Promise<void> {
    for (let k = GENERATIONS; k > 0; k--) {
      const to = k === GENERATIONS ? `tidb.log.old-${this.#file}` : `tidb.log.${k + 1}`;
      await rename(this.#path(`tidb.log.${k}`), this.#path(to)).catch(() => undefined);
    }
    await rename(this.#path("tidb.log"), this.#path("tidb.log.1"));
  }

  #path(name: string): string {
    return join(this.#stage.path, name);
  }
}
