import type { AttributeSet, Resource } from "#core/attributes.ts";
import type { OverlayLayer } from "#core/batch.ts";
import { ColumnBatch } from "#core/column-batch.ts";
import { rawColumns } from "#core/column-writer.ts";
import type { Receiver } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import type { Context } from "#core/context.ts";
import { KeyTable } from "#core/key-table.ts";
import { isStorageExtension } from "#core/storage.ts";
import { BlockPool } from "./block-pool.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Delivery } from "./delivery.ts";
import { FileSet } from "./file-set.ts";
import type { FileLogConfig } from "./config.ts";
import { observeLag } from "./lag-metrics.ts";
import { readRange } from "./read-range.ts";
import { splitLines, type StartsRecord } from "./split-lines.ts";
import type { TrackedFile } from "./tracked-file.ts";

/** Bytes per read at most; a batch is what one read holds. In a queue on the disk each batch is synced by itself. */
const MOST_BLOCK_BYTES = 1024 * 1024;
/** Records up to this pass whole, whatever `max_log_size` says. */
const LEAST_BLOCK_BYTES = 256 * 1024;

/** Bytes of one file before the next file has its turn. */
const TURN_BYTES = 8 * 1024 * 1024;

/** Tails files: finds them, reads what was added in big blocks, and moves its checkpoint behind what is safe. */
export class FileLogReceiver implements Receiver {
  readonly #config: FileLogConfig;
  readonly #startsRecord: StartsRecord | undefined;
  readonly #context: Context;
  readonly #resource: Resource;
  readonly #extra: OverlayLayer[];
  readonly #reread: OverlayLayer;
  readonly #keys = new KeyTable();
  readonly #blocks: BlockPool;
  readonly #delivery: Delivery;
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  #files: FileSet | undefined;
  #checkpoints: Checkpoints | undefined;
  #running: Promise<void> | undefined;

  constructor(
    config: FileLogConfig,
    startsRecord: StartsRecord | undefined,
    context: Context,
    next: Consumer,
    sets: Sets,
  ) {
    this.#config = config;
    this.#startsRecord = startsRecord;
    this.#context = context;
    this.#resource = { attributes: config.resource };
    this.#blocks = new BlockPool(Math.max(LEAST_BLOCK_BYTES, Math.min(MOST_BLOCK_BYTES, config.max_log_size)));
    this.#extra = sets.attributes === undefined ? [] : [{ sets: [sets.attributes], index: undefined }];
    this.#reread = { sets: [sets.reread], index: undefined };
    this.#delivery = new Delivery(next, context, this.#abort.signal);
    observeLag(context, () => this.#files?.open ?? []);
  }

  async start(): Promise<void> {
    const { storage } = this.#config;
    const owner = storage === undefined ? undefined : this.#context.extension(storage, isStorageExtension);
    const checkpoints = new Checkpoints(owner?.storage(this.#context.id));
    const known = await checkpoints.load();
    // Not before: a shutdown must not write over what could not be read.
    this.#checkpoints = checkpoints;
    this.#files = new FileSet(this.#config, this.#context, checkpoints, known > 0);
    await this.#files.discover();
    this.#running = this.#run();
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    this.#stop.abort();
    const giveUp = (): void => this.#abort.abort();
    if (deadline.aborted) giveUp();
    deadline.addEventListener("abort", giveUp);
    await this.#running;
    await this.#delivery.settled();
    deadline.removeEventListener("abort", giveUp);
    await this.#saveCheckpoints();
    await this.#files?.close();
    this.#files = undefined;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#context;
    const signal = this.#stop.signal;
    let savedMs = clock.monotonic();
    while (!signal.aborted) {
      let progressed = false;
      try {
        await this.#files?.discover();
        for (const file of this.#files?.open ?? []) progressed = (await this.#turn(file)) || progressed;
        if (clock.monotonic() - savedMs >= this.#config.checkpoint_interval) {
          savedMs = clock.monotonic();
          await this.#saveCheckpoints();
        }
      } catch (error) {
        log.error({ error }, "reading files failed, will try again");
      }
      if (!progressed) await clock.sleep(this.#config.poll_interval, signal);
    }
  }

  /** Reads what a file has, within its turn. True when there was anything. */
  async #turn(file: TrackedFile): Promise<boolean> {
    const { clock, log } = this.#context;
    const look = await file.look();
    file.growth.saw(look.size, file.acks.safeOffset, clock.monotonic());
    if (look.truncated) {
      log.warn(
        { path: file.path, size: look.size, offset: file.offset },
        "file was emptied and written anew, reading it from the beginning",
      );
      // What is under way is either safe by then, or is to be read from the copy after a restart.
      await this.#delivery.settled();
      await this.#files?.retire(file);
      await file.restart();
    }
    for (const range of look.changed) {
      log.error(
        { path: file.path, from: range.from, to: range.to },
        "file was overwritten behind the read offset, reading that part again; set log.general-log-file in TiDB so that its loggers stop destroying each other's lines",
      );
      await this.#rereadRange(file, range.from, range.to);
    }
    const until = file.offset + TURN_BYTES;
    let progressed = false;
    while (!this.#stop.signal.aborted && file.offset < until && file.offset < look.size) {
      if (!(await this.#readBlock(file, look.size))) break;
      progressed = true;
    }
    if (progressed) file.lastGrowthMs = clock.monotonic();
    if (look.deleted && file.offset >= look.size) await this.#files?.drop(file);
    return progressed;
  }

  /** Reads one block into one batch. False when only an incomplete record is left that may still grow. */
  async #readBlock(file: TrackedFile, size: number): Promise<boolean> {
    const { clock } = this.#context;
    let block = this.#blocks.take();
    for (;;) {
      const { bytesRead } = await file.handle.read(block, 0, Math.min(block.length, size - file.offset), file.offset);
      if (bytesRead > 0 && !(await file.isStill())) {
        this.#blocks.give(block);
        return false;
      }
      const atEnd = file.offset + bytesRead >= size;
      const full = bytesRead === block.length;
      const waitedMs = file.waitingSinceMs === undefined ? 0 : clock.monotonic() - file.waitingSinceMs;
      const flush = atEnd && waitedMs >= this.#config.force_flush_period && file.waitingSinceMs !== undefined;
      let { start, end, used } = splitLines(block, bytesRead, this.#startsRecord, flush);
      if (used === 0 && full && block.length < this.#config.max_log_size) {
        block = this.#blocks.take(Math.min(block.length * 4, this.#config.max_log_size));
        continue;
      }
      if (used === 0 && full) {
        // One record fills the largest block: it goes on in the next record, so that memory stays bounded.
        start = Uint32Array.of(0);
        end = Uint32Array.of(bytesRead);
        used = bytesRead;
      }
      if (used === 0) {
        if (atEnd && bytesRead > 0) file.waitingSinceMs ??= clock.monotonic();
        this.#blocks.give(block);
        return false;
      }
      file.waitingSinceMs = undefined;
      file.advance(block.subarray(0, used));
      const safe = file.acks.send(file.offset);
      if (start.length === 0) {
        safe();
        this.#blocks.give(block);
        return true;
      }
      await this.#delivery.send(file, this.#batch(file, block, start, end, []), () => {
        safe();
        this.#blocks.give(block);
      });
      return true;
    }
  }

  async #rereadRange(file: TrackedFile, from: number, to: number): Promise<void> {
    const { bytes, start, end } = await readRange(file, from, Math.min(to, file.offset), this.#config.max_log_size);
    if (start.length === 0) return;
    await this.#delivery.send(file, this.#batch(file, bytes, start, end, [this.#reread]), () => {});
  }

  #batch(file: TrackedFile, bytes: Buffer, start: Uint32Array, end: Uint32Array, layers: OverlayLayer[]): ColumnBatch {
    const columns = rawColumns(bytes, start, end, this.#keys, this.#context.clock.nowUnixNano());
    return new ColumnBatch(this.#resource, columns, [
      { sets: [file.attributes], index: undefined },
      ...this.#extra,
      ...layers,
    ]);
  }

  async #saveCheckpoints(): Promise<void> {
    if (this.#checkpoints === undefined) return;
    for (const file of this.#files?.open ?? []) {
      this.#checkpoints.remember({
        key: file.key,
        path: file.path,
        offset: file.acks.safeOffset,
        fingerprint: file.fingerprint,
      });
    }
    await this.#checkpoints.save();
  }
}

interface Sets {
  readonly attributes: AttributeSet | undefined;
  readonly reread: AttributeSet;
}
