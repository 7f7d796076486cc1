export interface ErrorOptionsWithCode extends ErrorOptions {
  /** Machine-readable, snake_case; listed in docs/errors.md. */
  readonly code?: string;
}

/** Base of all errors that Tidewatch raises on purpose; match on `code`, not on the message. */
export class TidewatchError extends Error {
  override readonly name: string = "TidewatchError";
  readonly code: string;

  constructor(message: string, { code = "internal", ...options }: ErrorOptionsWithCode = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Their fault, or the world's: the same data may go through later. */
export class RetryableError extends TidewatchError {
  override readonly name = "RetryableError";
  /** How long the other side asked us to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptionsWithCode & { retryAfterMs?: number | undefined } = {}) {
    super(message, { code: "retryable", ...options });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A try that failed before the records were given up. */
export interface FailedAttempt {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly error: string;
}

/** The data's fault: it can never go through, however often it is sent. */
export class PermanentError extends TidewatchError {
  override readonly name: string = "PermanentError";
  /** What was tried before, oldest first; the last few when it was often. */
  readonly attempts: readonly FailedAttempt[];

  constructor(message: string, options: ErrorOptionsWithCode & { attempts?: readonly FailedAttempt[] } = {}) {
    super(message, { code: "permanent", ...options });
    this.attempts = options.attempts ?? [];
  }
}

/** The batch as a whole is too large for the other side; parts of it may go through. */
export class TooLargeError extends PermanentError {
  override readonly name = "TooLargeError";

  constructor(message: string, options: ErrorOptionsWithCode = {}) {
    super(message, { code: "too_large", ...options });
  }
}

/** One mistake in a configuration. */
export interface ConfigIssue {
  /** Keys and indexes from the root of the checked value. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what was expected. */
  readonly message: string;
  /** The nearest valid name, if there is one worth offering. */
  readonly suggestion?: string | undefined;
  /** The mistake is the key itself, not its value. */
  readonly atKey?: boolean;
}

/** A configuration that cannot be used; carries all its mistakes. Only `prepare` and the service throw it. */
export class ConfigError extends TidewatchError {
  override readonly name = "ConfigError";
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], options: ErrorOptionsWithCode = {}) {
    super(issues.map((issue) => `${issue.path.join("::")}: ${issue.message}`).join("\n"), {
      code: "config",
      ...options,
    });
    this.issues = issues;
  }
}

/** Text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Errors whose text says all there is: nobody sorted them, or each mistake stands in it with its place. */
const WITHOUT_CODE: ReadonlySet<string> = new Set([
  "internal",
  "retryable",
  "permanent",
  "config",
  "configuration",
  "playbook",
  "usage",
]);

/** Text for people, followed by the code that docs/errors.md explains: `nft is not installed [nft_missing]`. */
export function codedMessage(error: unknown): string {
  const message = errorMessage(error);
  return error instanceof TidewatchError && !WITHOUT_CODE.has(error.code) ? `${message} [${error.code}]` : message;
}
