import { open, type FileHandle, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { NumberedLedger } from "./numbered-ledger.ts";
import { tidbLine } from "./tidb-line.ts";
import { untilSafe } from "./until-safe.ts";

/**
 * A log that is renamed to a name that no pattern covers, once the program knows it; its writer still adds to it for a
 * while. Whoever lost sight of it would lose what came last.
 */
export class RenamedAwayLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  readonly #path: string;
  #handle: FileHandle | undefined;
  #file = 0;
  #written = 0;
  #away = false;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#path = join(stage.path, "tidb.log");
    this.include = [this.#path];
  }

  async write(count: number): Promise<void> {
    this.#handle ??= await open(this.#path, "a");
    let text = "";
    for (let i = 0; i < count; i++) text += tidbLine(this.#written++, this.#file);
    await this.#handle.write(text);
    if (this.#away) await this.#begin();
    else if (this.#stage.random() < 0.3) await this.#rename();
  }

  ledger(): Ledger {
    return new NumberedLedger(this.#written);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #rename(): Promise<void> {
    if (!(await untilSafe(this.#stage, this.#path, 1))) return;
    await rename(this.#path, join(this.#stage.path, `away-${this.#file}.log`));
    this.#away = true;
  }

  async #begin(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    this.#away = false;
    this.#file++;
  }
}
