import type { Balance, Ledger } from "../family.ts";
import { NumberedLedger, numberOf } from "./numbered-ledger.ts";

/** A record that is no ordinary one; `text` is what a sink that writes JSON can show of it. */
export interface Odd {
  /** `raw`: its text is the body. `wide`: its text is a field. `giant`: it comes in pieces, which make up its text. */
  readonly kind: "raw" | "wide" | "giant";
  readonly text: string;
  readonly file: string;
}

interface Shown {
  readonly body?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Numbered records and odd ones: each odd one has to have its text, whole. */
export class OddLedger implements Ledger {
  readonly #numbered: NumberedLedger;
  readonly #odd: ReadonlyMap<number, Odd>;
  readonly #giants = new Map<number, Pieces>();
  #invented = 0;
  #repeated = 0;

  constructor(count: number, odd: ReadonlyMap<number, Odd>) {
    this.#odd = odd;
    for (const [n, { kind, text }] of odd) if (kind === "giant") this.#giants.set(n, new Pieces(text));
    this.#numbered = new NumberedLedger(count, new Set(this.#giants.keys()));
  }

  get complete(): boolean {
    return this.#numbered.complete && this.#openGiants === 0;
  }

  get #openGiants(): number {
    return [...this.#giants.values()].filter((pieces) => !pieces.complete).length;
  }

  take(line: string): void {
    const numbered = numberOf(line);
    const shown = JSON.parse(line) as Shown;
    if (numbered !== undefined) {
      const odd = this.#odd.get(numbered.n);
      if (odd !== undefined && shown.attributes?.["tidb.pad"] !== odd.text) this.#invented++;
      else this.#numbered.takeNumber(numbered.n, numbered.file);
      return;
    }
    const body = String(shown.body);
    const n = /^odd (\d{1,9}) /.exec(body)?.[1];
    if (n === undefined) this.#takePiece(body);
    else if (this.#odd.get(Number(n))?.text === body)
      this.#numbered.takeNumber(Number(n), this.#odd.get(Number(n))?.file ?? "");
    else this.#invented++;
  }

  balance(): Balance {
    const { lost, invented, repeated, out_of_order } = this.#numbered.balance();
    return {
      lost: lost + this.#openGiants,
      invented: invented + this.#invented,
      repeated: repeated + this.#repeated,
      out_of_order,
    };
  }

  #takePiece(body: string): void {
    for (const pieces of this.#giants.values()) {
      const outcome = pieces.take(body);
      if (outcome === undefined) continue;
      if (outcome === "again") this.#repeated++;
      return;
    }
    this.#invented++;
  }
}

/** One text that comes in pieces. */
class Pieces {
  readonly #text: string;
  /** Beginnings and ends of what came, by beginning. */
  #covered: [number, number][] = [];

  constructor(text: string) {
    this.#text = text;
  }

  get complete(): boolean {
    const [first] = this.#covered;
    return first?.[0] === 0 && first[1] === this.#text.length;
  }

  /** Undefined when it is no piece of this text. */
  take(piece: string): "new" | "again" | undefined {
    const at = this.#text.indexOf(piece);
    if (at < 0 || piece === "") return undefined;
    const end = at + piece.length;
    if (this.#covered.some(([from, to]) => from <= at && to >= end)) return "again";
    const all = [...this.#covered, [at, end] as [number, number]].sort(([a], [b]) => a - b);
    this.#covered = [];
    for (const [from, to] of all) {
      const last = this.#covered.at(-1);
      if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
      else this.#covered.push([from, to]);
    }
    return "new";
  }
}
