import { stat } from "node:fs/promises";
import type { Clock, Logger } from "#core/context.ts";
import { TidewatchError } from "#core/errors.ts";
import { ConfigurationError, issueText } from "../config/placed-issue.ts";
import type { PreparedConfig } from "../config/check-config.ts";
import type { Service } from "../service.ts";

/** How often `--watch` looks at the files. */
const WATCH_INTERVAL_MS = 1000;

interface Parts {
  readonly service: Pick<Service, "reload">;
  readonly log: Logger;
  /** Reads and checks the configuration. @throws ConfigurationError with every mistake. */
  readonly load: () => PreparedConfig;
  /** Called when neither the new nor the old configuration runs. */
  readonly onLost: (error: TidewatchError) => void;
}

/** Reads the configuration again when asked, one attempt after another; a mistake changes nothing and is told. */
export class Reloader {
  readonly #parts: Parts;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Asks for an attempt; several requests during one attempt are one more. Never rejects. */
  request(): void {
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Resolves when no attempt is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#once();
    }
    this.#running = undefined;
  }

  async #once(): Promise<void> {
    const { service, log, load, onLost } = this.#parts;
    log.info({}, "reading the configuration again");
    try {
      await service.reload(load());
    } catch (error) {
      if (error instanceof ConfigurationError) {
        for (const issue of error.issues) log.error({ problem: issueText(issue) }, "configuration has a mistake");
        log.error({ mistakes: error.issues.length }, "configuration is not changed");
      } else if (error instanceof TidewatchError && error.code === "reload_rollback") onLost(error);
      else log.error({ error }, "new configuration did not start, the old one runs on");
    }
  }
}

/**
 * Calls `changed` when one of the files has another size or time than at `state` (from `fileStates`, taken before they
 * were read), and at each change after that, until the signal aborts.
 */
export async function watchFiles(
  paths: readonly string[],
  state: string,
  clock: Clock,
  signal: AbortSignal,
  changed: () => void,
): Promise<void> {
  let before = state;
  while (!signal.aborted) {
    await clock.sleep(WATCH_INTERVAL_MS, signal);
    const now = await fileStates(paths);
    if (now === before || signal.aborted) continue;
    before = now;
    changed();
  }
}

/** A file that is away for a moment, while an editor puts another in its place, has a state too. */
export async function fileStates(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    try {
      const { size, mtimeMs, ino } = await stat(path);
      return [size, mtimeMs, ino];
    } catch {
      return "away";
    }
  });
  return JSON.stringify(await Promise.all(states));
}
