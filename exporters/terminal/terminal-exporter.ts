import { ALERT_EVENT } from "#core/alert.ts";
import { alertFromRecord } from "#core/alert-record.ts";
import type { LogBatch } from "#core/batch.ts";
import type { Exporter } from "#core/component.ts";
import type { Context } from "#core/context.ts";
import { ReadingSummary } from "./reading-summary.ts";
import { renderAlert } from "./render-alert.ts";

/** A summary is due when nothing was read for this long. */
const QUIET_MS = 1000;

interface TerminalOptions {
  readonly evidence_lines: number;
  readonly footer?: string | undefined;
}

interface Screen {
  write(text: string, done: (error?: Error | null) => void): unknown;
  hasColors?(): boolean;
}

/** Prints alerts as they come; other records are only counted, and the count shown whenever reading pauses. */
export class TerminalExporter implements Exporter {
  readonly #options: TerminalOptions;
  readonly #context: Context;
  readonly #screen: Screen;
  readonly #summary = new ReadingSummary();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #footer: string | undefined;

  constructor(options: TerminalOptions, context: Context, screen: Screen) {
    this.#options = options;
    this.#footer = options.footer;
    this.#context = context;
    this.#screen = screen;
  }

  async start(): Promise<void> {
    this.#running = this.#run();
  }

  async consume(batch: LogBatch): Promise<void> {
    let text = "";
    for (const i of this.#alerts(batch)) {
      const alert = alertFromRecord(batch.at(i));
      if (typeof alert === "string") this.#context.log.warn({ problem: alert }, "record is no complete alert");
      else text += renderAlert(alert, this.#options.evidence_lines, this.#screen.hasColors?.() ?? false);
    }
    if (text !== "") await this.#print(text);
  }

  async shutdown(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#running = undefined;
  }

  /** Positions of alerts; a batch of anything else is counted as a whole. */
  #alerts(batch: LogBatch): number[] {
    if (batch.columns !== undefined) {
      this.#summary.add(batch);
      return [];
    }
    return Array.from(batch, (record, i) => (record.eventName === ALERT_EVENT ? i : -1)).filter((i) => i >= 0);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { clock, log } = this.#context;
    const signal = this.#stop.signal;
    while (!signal.aborted) {
      await clock.sleep(QUIET_MS, signal);
      const line = this.#summary.takeIfPaused();
      if (line === undefined) continue;
      try {
        await this.#print(this.#footer === undefined ? line : `${line}${this.#footer}\n`);
        this.#footer = undefined;
      } catch (error) {
        log.warn({ error }, "terminal cannot be written to");
      }
    }
  }

  #print(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#screen.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }
}
