import { createNoopMeter } from "@opentelemetry/api";
import type { LogBatch } from "#core/batch.ts";
import type { Extension } from "#core/component.ts";
import type { Clock, Context, LogFields, Logger } from "#core/context.ts";
import { ConfigError, type PermanentError } from "#core/errors.ts";
import type { Host, StatusName } from "#core/status.ts";
import { manualClock } from "./manual-clock.ts";

export interface LoggedLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: LogFields;
  readonly sentence: string;
}

export interface FakeContext extends Context {
  readonly lines: readonly LoggedLine[];
  readonly rejected: readonly { readonly records: LogBatch; readonly reason: PermanentError }[];
  /** What the component reported of itself, without repetitions. */
  readonly statuses: readonly StatusName[];
  /** Resolves to the first warning, now or later. */
  untilWarned(): Promise<LoggedLine>;
}

interface FakeContextOptions {
  readonly id?: string;
  /** Default: a clock that stands still. */
  readonly clock?: Clock;
  readonly extensions?: Readonly<Record<string, Extension>>;
  readonly host?: Host;
}

const FAKE_HOST: Host = {
  ready: true,
  startedMs: 0,
  version: "0.0.0",
  statusOf: () => undefined,
  pipelines: new Map(),
  extensions: [],
  memoryBytes: () => 0,
  memoryLimitBytes: 2 ** 30,
};

/** A context that remembers what a component logged and gave up on. */
export function fakeContext(options: FakeContextOptions = {}): FakeContext {
  const warned = Promise.withResolvers<LoggedLine>();
  const { log, lines } = recordingLogger((line) => {
    if (line.level === "warn") warned.resolve(line);
  });
  const statuses: StatusName[] = [];
  const rejected: { records: LogBatch; reason: PermanentError }[] = [];
  return {
    id: options.id ?? "under_test",
    log,
    lines,
    rejected,
    untilWarned: () => warned.promise,
    meter: createNoopMeter(),
    clock: options.clock ?? manualClock(),
    host: options.host ?? FAKE_HOST,
    report: (status) => {
      if (statuses.at(-1) !== status) statuses.push(status);
    },
    statuses,
    reject(records, reason) {
      rejected.push({ records, reason });
      return Promise.resolve();
    },
    extension(id, guard) {
      const extension = options.extensions?.[id];
      if (extension !== undefined && guard(extension)) return extension;
      throw new ConfigError([{ path: ["extensions", id], message: "no such extension of this kind" }]);
    },
  };
}

/** A logger, and the lines that were written to it; `onLine` sees each as it comes. */
export function recordingLogger(onLine?: (line: LoggedLine) => void): {
  readonly log: Logger;
  readonly lines: readonly LoggedLine[];
} {
  const lines: LoggedLine[] = [];
  const write =
    (level: LoggedLine["level"]) =>
    (fields: LogFields, sentence: string): void => {
      const line = { level, fields, sentence };
      lines.push(line);
      onLine?.(line);
    };
  return { log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") }, lines };
}
