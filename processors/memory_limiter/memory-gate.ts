import type { Context } from "#core/context.ts";

interface Settings {
  /** From here on nobody enters. */
  readonly softBytes: number;
  readonly checkIntervalMs: number;
}

/** Pause between two looks while somebody waits. */
const RECHECK_MS = 50;

/**
 * Lets batches through while memory is below its limit. When none is behind the gate, one may always enter: waiting
 * would not make the process smaller, and a limit that is too low must slow things down and not stop them for ever.
 */
export class MemoryGate {
  readonly #settings: Settings;
  readonly #context: Pick<Context, "host" | "clock" | "log" | "report">;
  #inside = 0;
  #readMs = -Infinity;
  #over = false;

  constructor(settings: Settings, context: Pick<Context, "host" | "clock" | "log" | "report">) {
    this.#settings = settings;
    this.#context = context;
  }

  /** Resolves once the caller may go on, with whether it had to wait. @throws the signal's reason when it aborts. */
  async enter(signal: AbortSignal): Promise<boolean> {
    let waited = false;
    while (this.#isOver(waited ? RECHECK_MS : this.#settings.checkIntervalMs) && this.#inside > 0) {
      waited = true;
      await this.#context.clock.sleep(RECHECK_MS, signal);
      signal.throwIfAborted();
    }
    this.#inside++;
    return waited;
  }

  /** Once for each `enter` that resolved. */
  leave(): void {
    this.#inside--;
  }

  #isOver(maxAgeMs: number): boolean {
    const { host, clock, log, report } = this.#context;
    const nowMs = clock.monotonic();
    if (nowMs - this.#readMs < maxAgeMs) return this.#over;
    this.#readMs = nowMs;
    const bytes = host.memoryBytes();
    const over = bytes >= this.#settings.softBytes;
    if (over !== this.#over) {
      this.#over = over;
      if (over) log.warn({ bytes, limit: this.#settings.softBytes }, "memory is short, sources wait");
      else log.info({ bytes }, "memory is below its limit again");
      report(over ? "StatusRecoverableError" : "StatusOK", over ? "memory is short" : undefined);
    }
    return over;
  }
}
