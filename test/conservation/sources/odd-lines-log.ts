import { appendFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger, Source, Stage } from "../family.ts";
import { CELL_BYTES, cellText, GIANT_BYTES, oddBytes } from "./odd-text.ts";
import { OddLedger, type Odd } from "./odd-ledger.ts";
import { tidbLine } from "./tidb-line.ts";

/** More than the receiver reads at once, less than its longest record. */
const WIDE_BYTES = 300_000;
const MOST_GIANTS = 2;

/**
 * Lines of all kinds among ordinary ones: of 10 MB, with a field that is longer than a block, with NUL, broken UTF-8 and
 * CR LF, empty ones, and at rotation ones without an end.
 */
export class OddLinesLog implements Source {
  readonly include: readonly string[];
  readonly #stage: Stage;
  readonly #odd = new Map<number, Odd>();
  #giants = 0;
  #file = 0;
  #written = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.include = [join(stage.path, "tidb*.log")];
  }

  async write(count: number): Promise<void> {
    const { random, path } = this.#stage;
    const log = join(path, "tidb.log");
    const bytes = Buffer.concat(Array.from({ length: count }, () => this.#line()));
    const rotates = random() < 0.2;
    await appendFile(log, rotates && random() < 0.5 ? bytes.subarray(0, -1) : bytes);
    if (rotates) await rename(log, join(path, `tidb-${this.#file++}.log`));
  }

  ledger(): Ledger {
    return new OddLedger(this.#written, this.#odd);
  }

  #line(): Buffer {
    const n = this.#written++;
    const chance = this.#stage.random();
    if (chance < 0.002 && this.#giants < MOST_GIANTS) {
      this.#giants++;
      // Its last piece holds a whole cell: a shorter one would be found at the beginning as well.
      const text = cellText(`g${n}`, GIANT_BYTES + CELL_BYTES + Math.floor(this.#stage.random() * 1000));
      this.#odd.set(n, { kind: "giant", text, file: String(this.#file) });
      return Buffer.from(`${text}\n`);
    }
    if (chance < 0.005) {
      const text = cellText(`w${n}`, WIDE_BYTES);
      this.#odd.set(n, { kind: "wide", text, file: String(this.#file) });
      return Buffer.from(tidbLine(n, this.#file, ` [pad="${text}"]`));
    }
    if (chance < 0.2) {
      const bytes = oddBytes(n, this.#stage.random);
      this.#odd.set(n, { kind: "raw", text: bytes.toString("utf8"), file: String(this.#file) });
      return Buffer.concat([bytes, Buffer.from(chance < 0.12 ? "\n" : "\r\n\r\n\n")]);
    }
    return Buffer.from(tidbLine(n, this.#file));
  }
}
