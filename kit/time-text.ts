import type { ByteWriter } from "./byte-writer.ts";

/**
 * Writes times as RFC 3339 in UTC, exact: three digits for whole milliseconds, nine otherwise. Keeps the text of the
 * last second, because records come in order.
 */
export class TimeText {
  #second = Number.NaN;
  #prefix = Buffer.alloc(0);

  write(out: ByteWriter, ms: number, ns: number): void {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#prefix = Buffer.from(new Date(second * 1000).toISOString().slice(0, 20));
    }
    out.bytes(this.#prefix);
    out.digits(ms - second * 1000, 3);
    if (ns !== 0) out.digits(ns, 6);
    out.byte(0x5a);
  }
}

/** The same for exact times outside the hot path. */
export function timeText(unixNano: bigint): string {
  const ms = Number(unixNano / 1_000_000n);
  const ns = Number(unixNano % 1_000_000n);
  const text = new Date(ms).toISOString();
  return ns === 0 ? text : `${text.slice(0, -1)}${String(ns).padStart(6, "0")}Z`;
}
