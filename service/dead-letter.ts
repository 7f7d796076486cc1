import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { LogBatch } from "#core/batch.ts";
import type { Clock } from "#core/context.ts";
import type { PermanentError } from "#core/errors.ts";
import { NdjsonEncoder } from "#kit/encode-ndjson.ts";

/** Where records go that can never be delivered: one JSON line each with component, reason and time, synced. */
export class DeadLetters {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #encoder = new NdjsonEncoder();
  #file: FileHandle | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Resolves once the records are on the disk. */
  store(componentId: string, records: LogBatch, reason: PermanentError): Promise<void> {
    const stored = this.#turn.then(() => this.#write(componentId, records, reason));
    this.#turn = stored.catch(() => {});
    return stored;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(componentId: string, records: LogBatch, reason: PermanentError): Promise<void> {
    const file = (this.#file ??= await this.#open());
    const head = JSON.stringify({
      set_aside: new Date(this.#clock.now()).toISOString(),
      component: componentId,
      code: reason.code,
      reason: reason.message,
    }).slice(0, -1);
    const { bytes, ends } = this.#encoder.encode(records);
    const lines: string[] = [];
    let from = 0;
    for (const to of ends) {
      lines.push(`${head},"record":${bytes.toString("utf8", from, to - 1)}}\n`);
      from = to;
    }
    await file.appendFile(lines.join(""));
    await file.datasync();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(this.#directory, { recursive: true });
    return open(join(this.#directory, "dead_letter.ndjson"), "a", 0o600);
  }
}
