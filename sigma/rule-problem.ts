/** One mistake in a rule file: where it stands and what would have been right. */
export interface RuleProblem {
  /** Path as it was given to the loader. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  /** The valid name that was probably meant. */
  readonly suggestion: string | undefined;
  /** `error`: the rule was not loaded. `warning`: it was, or it was left out on purpose. */
  readonly severity: "error" | "warning";
}

/** A place in a rule file; lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Collects the problems of one file. */
export class ProblemList {
  readonly problems: RuleProblem[] = [];
  readonly #file: string;
  #errors = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Grows with every error, so that a caller can tell whether a part of its work failed. */
  get errors(): number {
    return this.#errors;
  }

  error(at: Position, message: string, suggestion?: string): void {
    this.#errors++;
    this.#add(at, message, suggestion, "error");
  }

  warning(at: Position, message: string, suggestion?: string): void {
    this.#add(at, message, suggestion, "warning");
  }

  #add(at: Position, message: string, suggestion: string | undefined, severity: RuleProblem["severity"]): void {
    this.problems.push({ file: this.#file, line: at.line, column: at.column, message, suggestion, severity });
  }
}
