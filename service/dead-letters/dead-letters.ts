import { randomBytes } from "node:crypto";
import type { Counter, Meter } from "@opentelemetry/api";
import type { LogBatch } from "#core/batch.ts";
import type { Clock, Logger } from "#core/context.ts";
import type { PermanentError } from "#core/errors.ts";
import { BatchCodec } from "#kit/batch-codec.ts";
import { encodeLetter } from "./letter.ts";
import { LetterBox } from "./letter-box.ts";

/** How often a full box is looked at again, and complained about. */
const FULL_PAUSE_MS = 1000;
const COMPLAIN_EVERY = 60;

interface Settings {
  readonly directory: string;
  readonly max_bytes: number;
}

interface World {
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

/**
 * Where records go that can never be delivered, each with its reason, whoever gave them up. A full box loses nothing: who
 * wants to give up on records waits, loudly, until an operator has looked.
 */
export class DeadLetters {
  readonly #box: LetterBox;
  readonly #settings: Settings;
  readonly #world: World;
  readonly #codec = new BatchCodec();
  readonly #stored: Counter;
  readonly #stop = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #sizeBytes = 0;
  #letters = 0;
  #sequence = 0;

  constructor(settings: Settings, world: World) {
    this.#box = new LetterBox(settings.directory);
    this.#settings = settings;
    this.#world = world;
    this.#stored = world.meter.createCounter("tidewatch_dead_letter_log_records", {
      description:
        "Records set aside for good, by the component that gave them up, its kind, and the code of the reason.",
    });
    const gauge = (name: string, description: string, read: () => number): void => {
      world.meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()));
    };
    gauge("tidewatch_dead_letter_bytes", "Bytes of the dead letters on the disk.", () => this.#sizeBytes);
    gauge(
      "tidewatch_dead_letter_capacity_bytes",
      "Bytes that they may take; then pipelines wait.",
      () => settings.max_bytes,
    );
    gauge("tidewatch_dead_letter_letters", "Dead letters on the disk.", () => this.#letters);
  }

  /** Looks at what is there. */
  async start(): Promise<void> {
    await this.#box.removeDrafts();
    await this.#measure();
    if (this.#letters > 0)
      this.#world.log.warn(
        { letters: this.#letters, bytes: this.#sizeBytes },
        "there are dead letters (tidewatch dlq list)",
      );
  }

  /** Resolves once the records are on the disk; `origin` says where they come in again when they are replayed. */
  store(component: string, origin: string, records: LogBatch, reason: PermanentError): Promise<void> {
    const stored = this.#turn.then(() => this.#write(component, origin, records, reason));
    this.#turn = stored.catch(() => {});
    return stored;
  }

  /** Whoever waits for room is refused. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#turn;
  }

  async #write(component: string, origin: string, records: LogBatch, reason: PermanentError): Promise<void> {
    const { clock, log } = this.#world;
    const nowMs = clock.now();
    const head = {
      set_aside: new Date(nowMs).toISOString(),
      component,
      origin,
      code: reason.code,
      reason: reason.message,
      attempts: reason.attempts.map(({ atMs, error }) => ({ at: new Date(atMs).toISOString(), error })),
    };
    const letter = encodeLetter(head, records, this.#codec);
    await this.#box.prepare();
    await this.#room(letter.length);
    // Random, because a clock that was set back must not let one letter take the name of another.
    const id = `${String(nowMs).padStart(14, "0")}-${String(++this.#sequence).padStart(6, "0")}-${randomBytes(4).toString("hex")}`;
    await this.#box.write(id, letter);
    this.#sizeBytes += letter.length;
    this.#letters++;
    this.#stored.add(records.size, { component, kind: origin.split(" ")[0] ?? "", code: reason.code });
    log.warn({ component, records: records.size, reason: reason.message, letter: id }, "records were set aside");
  }

  async #room(bytes: number): Promise<void> {
    for (let round = 0; this.#letters > 0 && this.#sizeBytes + bytes > this.#settings.max_bytes; round++) {
      if (round % COMPLAIN_EVERY === 0) {
        this.#world.log.error(
          { bytes: this.#sizeBytes, max_bytes: this.#settings.max_bytes },
          "dead letters are full, pipelines wait; look at them (tidewatch dlq list), then replay or purge them",
        );
      }
      this.#stop.signal.throwIfAborted();
      await this.#world.clock.sleep(FULL_PAUSE_MS, this.#stop.signal);
      // An operator empties it from another process.
      await this.#measure();
    }
  }

  async #measure(): Promise<void> {
    const letters = [...(await this.#box.list()), ...(await this.#box.waiting())];
    this.#letters = letters.length;
    this.#sizeBytes = letters.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
}
