/** What was given on the command line, after the command. */
export interface CommandOptions {
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly positionals: readonly string[];
  readonly help: boolean;
  readonly json: boolean;
  /** Name of the person who decides. */
  readonly by: string | undefined;
  /** How many to list at the most, as it was written. */
  readonly limit: string | undefined;
  /** From when on to list, as it was written. */
  readonly since: string | undefined;
  /** Rules that cannot be loaded are a failure. */
  readonly strict: boolean;
  /** All dead letters instead of named ones. */
  readonly all: boolean;
  /** Read the configuration again when its files change. */
  readonly watch: boolean;
  readonly mode: "redacted" | "unredacted";
}

interface TextStream {
  write(text: string): unknown;
}

/** The process around a command. */
export interface CommandHost {
  /** Aborts when the user or the system asks to stop. */
  readonly signal: AbortSignal;
  /** Calls `listener` each time that the user asks to read the configuration again (SIGHUP). */
  readonly onHangup: (listener: () => void) => void;
  readonly env: (name: string) => string | undefined;
  readonly out: TextStream;
  readonly err: TextStream;
}

export interface Command {
  readonly summary: string;
  /** Words after the command, for the help. */
  readonly usage?: string;
  /** Returns the exit code. @throws for failures that one line explains. */
  run(options: CommandOptions, host: CommandHost): Promise<number>;
}
