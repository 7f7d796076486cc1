import { open } from "node:fs/promises";
import type { Sink } from "../family.ts";
import { LineCutter } from "./line-cutter.ts";

const BLOCK_BYTES = 1024 * 1024;

/** A file of JSON lines that the program appends to. */
export class FileSink implements Sink {
  readonly exporter: string;
  readonly #path: string;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #offset = 0;
  readonly #cutter = new LineCutter();

  constructor(exporter: string, path: string) {
    this.exporter = exporter;
    this.#path = path;
  }

  async poll(take: (line: string) => void): Promise<void> {
    let file;
    try {
      file = await open(this.#path, "r");
    } catch {
      return;
    }
    try {
      for (;;) {
        const { bytesRead } = await file.read(this.#block, 0, BLOCK_BYTES, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        this.#cutter.cut(this.#block.subarray(0, bytesRead), take);
      }
    } finally {
      await file.close();
    }
  }
}
