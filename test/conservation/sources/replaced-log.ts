import { appendFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { NumberedLedger } from "./numbered-ledger.ts";
import { tidbLine } from "./tidb-line.ts";
import { untilSafe } from "./until-safe.ts";

/**
 * A log that is deleted once all of it is safe, and made anew; the file system gives the new file the inode of the old one
 * as soon as nobody has that open any more. How often it did is in `reused`.
 */
export class ReplacedLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  readonly #path: string;
  readonly #inodes = new Set<bigint>();
  #size = 0;
  #file = 0;
  #written = 0;
  reused = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#path = join(stage.path, "tidb.log");
    this.include = [join(stage.path, "tidb*.log")];
  }

  async write(count: number): Promise<void> {
    let text = "";
    for (let i = 0; i < count; i++) text += tidbLine(this.#written++, this.#file);
    await appendFile(this.#path, text);
    if (this.#size === 0) await this.#noteInode();
    this.#size += Buffer.byteLength(text);
    if (this.#stage.random() < 0.3 && (await untilSafe(this.#stage, this.#path, this.#size))) {
      await rm(this.#path);
      this.#size = 0;
      this.#file++;
    }
  }

  ledger(): Ledger {
    return new NumberedLedger(this.#written);
  }

  async #noteInode(): Promise<void> {
    const { ino } = await stat(this.#path, { bigint: true });
    if (this.#inodes.has(ino)) this.reused++;
    this.#inodes.add(ino);
  }
}
