import type { Balance, Ledger } from "../family.ts";

interface Written {
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The numbers 0 to `count - 1`, each of which has to come unless `mayMiss` says otherwise. */
export class NumberedLedger implements Ledger {
  readonly #times: Uint32Array;
  readonly #mayMiss: ReadonlySet<number>;
  readonly #lastOfFile = new Map<string, number>();
  #missing: number;
  #invented = 0;
  #repeated = 0;
  #outOfOrder = 0;

  constructor(count: number, mayMiss: ReadonlySet<number> = new Set()) {
    this.#times = new Uint32Array(count);
    this.#mayMiss = mayMiss;
    this.#missing = count - mayMiss.size;
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  take(line: string): void {
    const found = numberOf(line);
    if (found === undefined) this.#invented++;
    else this.takeNumber(found.n, found.file);
  }

  takeNumber(n: number, file: string): void {
    const times = this.#times[n];
    if (times === undefined) {
      this.#invented++;
      return;
    }
    this.#times[n] = times + 1;
    if (times > 0) {
      this.#repeated++;
      return;
    }
    if (!this.#mayMiss.has(n)) this.#missing--;
    if (n < (this.#lastOfFile.get(file) ?? -1)) this.#outOfOrder++;
    this.#lastOfFile.set(file, n);
  }

  balance(): Balance {
    return {
      lost: this.#missing,
      invented: this.#invented,
      repeated: this.#repeated,
      out_of_order: this.#outOfOrder,
    };
  }
}

/** The number and the file of a record that a sink wrote as a line of JSON; undefined when it has none. */
export function numberOf(line: string): { n: number; file: string } | undefined {
  try {
    const { attributes } = JSON.parse(line) as Written;
    const [n, file] = [Number(attributes["tidb.n"]), attributes["tidb.seg"]];
    return Number.isSafeInteger(n) && n >= 0 && typeof file === "string" ? { n, file } : undefined;
  } catch {
    return undefined;
  }
}
