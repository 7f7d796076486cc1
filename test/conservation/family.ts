import type { Random } from "#test/oracle/random.ts";
import type { TidewatchProcess } from "#test/oracle/tidewatch-process.ts";
import type { InsideFault } from "./inside/inside-fault.ts";

/** A family of faults. All that is special about it is in here: a new one is one entry in `families.ts`. */
export interface Family {
  /** What goes wrong before the last life of the process, in which nothing does. */
  readonly lives: (stage: Stage) => readonly Life[];
  /** What goes wrong in the last life after all, though everything has to come out. */
  readonly last?: {
    readonly inside?: InsideFault;
    /** What is done when the last record is written. */
    readonly lastly?: (world: World) => Promise<void> | void;
  };
  /** What is written; a log that is renamed now and then by default. */
  readonly source?: (stage: Stage) => Source | Promise<Source>;
  /** Where it goes; a file, and a file behind a durable queue, by default. */
  readonly pipeline?: (stage: Stage) => Pipeline | Promise<Pipeline>;
  /** `never`: a record that comes twice is a failure too. */
  readonly repeats?: "never";
}

/** The place of one run. */
export interface Stage {
  readonly path: string;
  readonly seed: number;
  readonly random: Random;
  /** Aborts when the run has taken too long. */
  readonly signal: AbortSignal;
}

/** One life of the process. */
export interface Life {
  /** What goes wrong in the process itself; it may end it. */
  readonly inside?: InsideFault;
  /** What is done to it from outside, after each step of the source. */
  readonly outside?: (world: World) => Promise<void> | void;
  /** It goes on as long as this is true, beyond its time. */
  readonly goesOn?: (world: World) => boolean;
  /** How it ends, should it not end by itself. `SIGTERM` has to end it in time, with code 0. */
  readonly end: "SIGKILL" | "SIGTERM";
  /** It may give up by itself, and say so. */
  readonly mayFail?: true;
  /** What is done when it has ended, before the next start. */
  readonly afterwards?: (stage: Stage) => Promise<void>;
}

export interface World {
  readonly stage: Stage;
  readonly tidewatch: TidewatchProcess;
  readonly configPath: string;
  readonly config: Config;
  readonly sinks: readonly Sink[];
}

/** Writes records and knows which of them have to come out. */
export interface Source {
  /** Globs that file_log is given. */
  readonly include: readonly string[];
  write(count: number): Promise<void>;
  /** A fresh one, for all that was written so far. */
  ledger(): Ledger;
  close?(): Promise<void>;
}

/** What became of the records of a source, in one sink. */
export interface Ledger {
  /** A line of the sink, without its end. */
  take(line: string): void;
  /** Nothing is missing. */
  readonly complete: boolean;
  balance(): Balance;
}

export interface Balance {
  readonly lost: number;
  /** Records that the source never wrote, or that are not whole. */
  readonly invented: number;
  readonly repeated: number;
  /** Records that came, the first time, after a later one of the same file. */
  readonly out_of_order: number;
}

export interface Pipeline {
  /** Settings of file_log beside those that each run needs. */
  readonly receiver?: object;
  /** By id, in their order; `tidb` and `session` by default. */
  readonly processors?: Readonly<Record<string, object>>;
  /** By id. */
  readonly exporters: Readonly<Record<string, object>>;
  readonly sinks: readonly Sink[];
}

/** Where an exporter's records arrive. */
export interface Sink {
  /** The exporter's id. */
  readonly exporter: string;
  /** Gives `take` all lines that came since the last call; the first call begins at the beginning. */
  poll(take: (line: string) => void): Promise<void>;
  /** How often it went wrong, for one that does. */
  readonly faults?: number;
  /** So many records may have come twice by its own fault. */
  mayRepeat?(): number;
  /** Faults are over: from here on all is taken. */
  heal?(): Promise<void> | void;
  close?(): Promise<void>;
}

/** A configuration as an object; JSON is YAML. */
export interface Config {
  receivers: Record<string, object>;
  processors: Record<string, object>;
  exporters: Record<string, object>;
  extensions: Record<string, object>;
  service: {
    extensions: string[];
    telemetry: object;
    dead_letter: object;
    pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }>;
  };
}
