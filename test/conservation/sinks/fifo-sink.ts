import { execFile } from "node:child_process";
import { constants, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Socket } from "node:net";
import { promisify } from "node:util";
import type { Sink } from "../family.ts";
import { LineCutter } from "./line-cutter.ts";

const { O_RDWR, O_NONBLOCK } = constants;

/**
 * A named pipe whose reader, this process, takes nothing until it is healed: whoever writes to it hangs in the write, as
 * with a network file system whose server is away. What is in the pipe stays there when the writer dies.
 */
export class FifoSink implements Sink {
  readonly exporter: string;
  readonly #handle: FileHandle;
  #socket: Socket | undefined;
  readonly #lines: string[] = [];
  readonly #cutter = new LineCutter();

  private constructor(exporter: string, handle: FileHandle) {
    this.exporter = exporter;
    this.#handle = handle;
  }

  static async make(exporter: string, path: string): Promise<FifoSink> {
    await promisify(execFile)("mkfifo", [path]);
    // Both ways, so that it does not end when the writer does.
    return new FifoSink(exporter, await open(path, O_RDWR | O_NONBLOCK));
  }

  /** Nobody writes when it is called; a line that somebody died in will come again. */
  heal(): void {
    const block = Buffer.alloc(64 * 1024);
    const keep = (line: string): void => void this.#lines.push(line);
    for (let read = readNow(this.#handle.fd, block); read > 0; read = readNow(this.#handle.fd, block))
      this.#cutter.cut(block.subarray(0, read), keep);
    this.#cutter.forget();
    this.#socket = new Socket({ fd: this.#handle.fd, readable: true, writable: false });
    this.#socket.on("data", (bytes: Buffer) => this.#cutter.cut(bytes, keep));
  }

  poll(take: (line: string) => void): Promise<void> {
    for (const line of this.#lines.splice(0)) take(line);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await this.#handle.close().catch(() => undefined);
  }
}

/** 0 when there is nothing now. */
function readNow(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch {
    return 0;
  }
}
