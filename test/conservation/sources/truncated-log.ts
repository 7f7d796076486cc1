import { copyFile, open, type FileHandle, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { checkpointOf } from "./checkpoint-of.ts";
import { NumberedLedger } from "./numbered-ledger.ts";
import { tidbLine } from "./tidb-line.ts";

/**
 * A log that is copied and then emptied while its writer keeps it open (logrotate's copytruncate). `covered`: the pattern
 * covers the copy too, and nothing may be lost. `hidden`: it does not, and what was in the file and not yet safe when it
 * was emptied may be lost: nobody can read it any more.
 */
export class TruncatedLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  readonly #path: string;
  readonly #kind: "covered" | "hidden";
  readonly #mayMiss = new Set<number>();
  /** Records in the file now, with the offset behind each. */
  #inFile: { readonly n: number; readonly end: number }[] = [];
  #handle: FileHandle | undefined;
  #size = 0;
  #file = 0;
  #written = 0;

  constructor(stage: Stage, kind: "covered" | "hidden") {
    this.#stage = stage;
    this.#kind = kind;
    this.#path = join(stage.path, "tidb.log");
    this.include = [join(stage.path, kind === "covered" ? "tidb.log*" : "tidb.log")];
  }

  async write(count: number): Promise<void> {
    this.#handle ??= await open(this.#path, "a");
    let text = "";
    for (let i = 0; i < count; i++) {
      const line = tidbLine(this.#written, this.#file);
      this.#size += Buffer.byteLength(line);
      this.#inFile.push({ n: this.#written++, end: this.#size });
      text += line;
    }
    await this.#handle.write(text);
    if (this.#stage.random() < 0.25) await this.#copyAndEmpty(this.#handle);
  }

  ledger(): Ledger {
    return new NumberedLedger(this.#written, this.#mayMiss);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #copyAndEmpty(handle: FileHandle): Promise<void> {
    if (this.#kind === "hidden") {
      const safe = await checkpointOf(this.#stage, this.#path);
      for (const { n, end } of this.#inFile) if (end > safe) this.#mayMiss.add(n);
      await copyFile(this.#path, join(this.#stage.path, `copy-${this.#file}`));
    } else {
      await this.#copyInParts(`${this.#path}.${this.#file}`);
    }
    await handle.truncate(0);
    this.#inFile = [];
    this.#size = 0;
    this.#file++;
  }

  /** As `cp` does it: the copy is in sight while it grows. */
  async #copyInParts(to: string): Promise<void> {
    await using from = await open(this.#path, "r");
    const bytes = await from.readFile();
    const middle = Math.floor(this.#stage.random() * bytes.length);
    await writeFile(to, bytes.subarray(0, middle));
    await writeFile(to, bytes.subarray(middle), { flag: "a" });
  }
}
