/** Cuts bytes that come in pieces into lines. */
export class LineCutter {
  /** The line that has no end yet. */
  #open: Buffer[] = [];

  /** The line that has no end yet never was. */
  forget(): void {
    this.#open = [];
  }

  /** `take` gets each line without its end. The bytes may be reused afterwards. */
  cut(bytes: Buffer, take: (line: string) => void): void {
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      take(Buffer.concat([...this.#open, bytes.subarray(from, end)]).toString("utf8"));
      this.#open = [];
      from = end + 1;
    }
    if (from < bytes.length) this.#open.push(Buffer.from(bytes.subarray(from)));
  }
}
