import type { Meter } from "@opentelemetry/api";
import type { Consumer } from "#core/consumer.ts";
import type { Clock, Logger } from "#core/context.ts";
import { BatchCodec } from "#kit/batch-codec.ts";
import { decodeLetter } from "./letter.ts";
import { LetterBox } from "./letter-box.ts";

/** How often the folder is looked at. */
const INTERVAL_MS = 1000;

interface World {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  /** Where records of an origin come in again; undefined when the configuration has no such part any more. */
  readonly entry: (origin: string) => Consumer | undefined;
}

/** Sends dead letters that an operator wants replayed through the part of the pipeline that they fell out of. */
export class Replay {
  readonly #world: World;
  readonly #box: LetterBox;
  readonly #codec = new BatchCodec();
  readonly #stop = new AbortController();
  readonly #replayed;
  #running: Promise<void> | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#box = new LetterBox(world.directory);
    this.#replayed = world.meter.createCounter("tidewatch_dead_letter_replayed_log_records", {
      description: "Records of dead letters that went through their pipeline again.",
    });
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#world;
    const { signal } = this.#stop;
    const complain = (fields: object, error: unknown): void => {
      if (!signal.aborted) log.error({ ...fields, error }, "dead letters cannot be replayed now, will try again");
    };
    while (!signal.aborted) {
      try {
        for (const { id } of await this.#box.waiting()) {
          if (signal.aborted) break;
          // One that cannot go now must not hold up the others.
          await this.#one(id).catch((error: unknown) => complain({ letter: id }, error));
        }
      } catch (error) {
        complain({}, error);
      }
      await clock.sleep(INTERVAL_MS, signal);
    }
  }

  /** A letter leaves the disk once its records are safe; set aside again they are a new letter. */
  async #one(id: string): Promise<void> {
    const { log, entry } = this.#world;
    const bytes = await this.#box.readWaiting(id);
    let letter;
    try {
      letter = decodeLetter(bytes, this.#codec);
    } catch (error) {
      log.error({ letter: id, error }, "dead letter cannot be replayed, it stays");
      await this.#box.toRest(id);
      return;
    }
    const { origin, records: count } = letter.head;
    const next = entry(origin);
    if (next === undefined) {
      log.error({ letter: id, origin }, "dead letter cannot be replayed, its part of the pipeline is gone; it stays");
      await this.#box.toRest(id);
      return;
    }
    await next.consume(letter.records, this.#stop.signal);
    await this.#box.removeWaiting(id);
    this.#replayed.add(count, { origin });
    log.info({ letter: id, origin, records: count }, "dead letter was replayed");
  }
}
