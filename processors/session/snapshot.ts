import type { Context } from "#core/context.ts";
import { isStorageExtension, type Storage } from "#core/storage.ts";
import type { SavedSession, SessionTable } from "./session-table.ts";

const STORAGE_KEY = "sessions";
const VERSION = 1;

/** Writes the session table down from time to time, and reads it back at the start. */
export class Snapshot {
  readonly #table: SessionTable;
  readonly #options: { readonly storage?: string | undefined; readonly snapshot_interval: number };
  readonly #context: Context;
  readonly #stop = new AbortController();
  #storage: Storage | undefined;
  #running: Promise<void> | undefined;
  #written = "";

  constructor(
    table: SessionTable,
    options: { readonly storage?: string | undefined; readonly snapshot_interval: number },
    context: Context,
  ) {
    this.#table = table;
    this.#options = options;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { storage } = this.#options;
    if (storage === undefined) return;
    this.#storage = this.#context.extension(storage, isStorageExtension).storage(this.#context.id);
    const bytes = await this.#storage.get(STORAGE_KEY);
    if (bytes !== undefined) {
      const saved = JSON.parse(bytes.toString("utf8")) as { version: number; sessions: SavedSession[] };
      if (saved.version === VERSION) this.#table.load(saved.sessions);
      else
        this.#context.log.warn({ version: saved.version }, "session snapshot has another version, starting without it");
    }
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#running = undefined;
    await this.#save();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#context.clock.sleep(this.#options.snapshot_interval, this.#stop.signal);
      await this.#save();
    }
  }

  async #save(): Promise<void> {
    if (this.#storage === undefined) return;
    const text = JSON.stringify({ version: VERSION, sessions: this.#table.save() });
    if (text === this.#written) return;
    try {
      await this.#storage.set(STORAGE_KEY, Buffer.from(text));
      this.#written = text;
    } catch (error) {
      this.#context.log.warn({ error }, "session snapshot could not be written");
    }
  }
}
