import type { Context } from "#core/context.ts";
import { errorMessage } from "#core/errors.ts";
import { isStorageExtension, type Storage } from "#core/storage.ts";
import { duration, extensionId } from "./schema-types.ts";

/** Settings of components that keep a snapshot of their state. */
export const snapshotSettings = {
  storage: extensionId().optional().describe("Storage extension that keeps a snapshot of the state over restarts."),
  snapshot_interval: duration().prefault("10s").describe("How often the snapshot is written."),
};

export interface SnapshotSettings {
  readonly storage?: string | undefined;
  readonly snapshot_interval: number;
}

/** State that can be written down: `save` gives JSON data, `restore` takes it back and says what is wrong with it. */
export interface Snapshotted {
  save(): unknown;
  /** A text says why the data is unusable; the component then starts without it. */
  restore(saved: unknown): string | undefined;
}

const STORAGE_KEY = "snapshot";

/** Writes a component's state down from time to time and at the end, and gives it back at the start. */
export class Snapshot {
  readonly #state: Snapshotted;
  readonly #settings: SnapshotSettings;
  readonly #context: Context;
  readonly #stop = new AbortController();
  #storage: Storage | undefined;
  #running: Promise<void> | undefined;
  #written = "";

  constructor(state: Snapshotted, settings: SnapshotSettings, context: Context) {
    this.#state = state;
    this.#settings = settings;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { storage } = this.#settings;
    if (storage === undefined) return;
    this.#storage = this.#context.extension(storage, isStorageExtension).storage(this.#context.id);
    const bytes = await this.#storage.get(STORAGE_KEY);
    const problem = bytes === undefined ? undefined : this.#restore(bytes);
    if (problem !== undefined) this.#context.log.warn({ problem }, "snapshot is unusable, starting without it");
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#running = undefined;
    await this.#save();
    this.#storage = undefined;
  }

  #restore(bytes: Buffer): string | undefined {
    try {
      return this.#state.restore(JSON.parse(bytes.toString("utf8")));
    } catch (error) {
      return errorMessage(error);
    }
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#context.clock.sleep(this.#settings.snapshot_interval, this.#stop.signal);
      await this.#save();
    }
  }

  async #save(): Promise<void> {
    if (this.#storage === undefined) return;
    const text = JSON.stringify(this.#state.save());
    if (text === this.#written) return;
    try {
      await this.#storage.set(STORAGE_KEY, Buffer.from(text));
      this.#written = text;
    } catch (error) {
      this.#context.log.warn({ error }, "snapshot could not be written");
    }
  }
}
