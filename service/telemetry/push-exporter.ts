import type { Logger } from "#core/context.ts";

/** What an exporter of the OpenTelemetry SDK says of one export. */
export interface ExportResult {
  /** 0 when it was taken, 1 when not. */
  readonly code: number;
  readonly error?: Error;
}

const TAKEN = 0;
const FAILED = 1;

/** An open connection to a telemetry receiver. */
export interface OpenExporter<T> {
  export(items: T, done: (result: ExportResult) => void): void;
  /** Cuts what is under way and holds no socket any more. */
  cut(): void;
}

interface Parts<T> {
  /** May do I/O. @throws TidewatchError when its files cannot be used. */
  readonly open: () => Promise<OpenExporter<T>>;
  /** Records or measurements in it: what is told to be lost. */
  readonly sizeOf: (items: T) => number;
  /** What is sent, for the log: `own metrics`, `own log`. */
  readonly what: string;
  readonly host: string;
  /** Must not lead back here. */
  readonly log: Logger;
}

/** Text of a peer's answer that goes into our log. */
const MAX_ERROR_LENGTH = 300;

/**
 * Sends own telemetry through an exporter of the SDK. An outage is told once, and its end; what could not be sent is
 * counted and given up: own telemetry holds nothing up.
 */
export class PushExporter<T> {
  readonly #parts: Parts<T>;
  readonly #underWay = new Set<(result: ExportResult) => void>();
  #exporter: OpenExporter<T> | undefined;
  #failing = false;
  #lostInOutage = 0;
  /** Given up since the start. */
  lost = 0;

  constructor(parts: Parts<T>) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    this.#exporter = await this.#parts.open();
  }

  export(items: T, done: (result: ExportResult) => void): void {
    const exporter = this.#exporter;
    if (exporter === undefined) {
      this.lost += this.#parts.sizeOf(items);
      done({ code: FAILED, error: new Error("not open") });
      return;
    }
    const settle = (result: ExportResult): void => {
      if (!this.#underWay.delete(settle)) return;
      this.#note(items, result);
      done(result);
    };
    this.#underWay.add(settle);
    try {
      exporter.export(items, settle);
    } catch (error) {
      settle({ code: FAILED, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  /** What is under way counts as lost, so that whoever waits for it goes on at once. Safe twice. */
  giveUp(): void {
    const exporter = this.#exporter;
    this.#exporter = undefined;
    for (const settle of this.#underWay) settle({ code: FAILED, error: new Error("given up, Tidewatch stops") });
    exporter?.cut();
  }

  /** Each export is waited for by whoever asked for it. */
  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.giveUp();
  }

  #note(items: T, { code, error }: ExportResult): void {
    const { sizeOf, what, host, log } = this.#parts;
    if (code === TAKEN) {
      if (this.#failing) log.info({ receiver: host, lost: this.#lostInOutage }, `${what} can be sent again`);
      this.#failing = false;
      this.#lostInOutage = 0;
      return;
    }
    const size = sizeOf(items);
    this.lost += size;
    this.#lostInOutage += size;
    if (this.#failing) return;
    this.#failing = true;
    const text = (error?.message ?? "").slice(0, MAX_ERROR_LENGTH);
    log.warn({ receiver: host, error: text }, `${what} cannot be sent, going on without it`);
  }
}
