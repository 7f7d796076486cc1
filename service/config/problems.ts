import { ConfigError } from "#core/errors.ts";
import { type Located, type Path, placeOf } from "./located.ts";
import type { PlacedIssue } from "./placed-issue.ts";

/** Collects mistakes, so that a user sees them all at once. */
export class Problems {
  readonly issues: PlacedIssue[] = [];
  readonly warnings: PlacedIssue[] = [];
  readonly #root: Located;

  constructor(root: Located) {
    this.#root = root;
  }

  at(path: Path, message: string, { suggestion, atKey = false }: Hints = {}): PlacedIssue {
    return { place: placeOf(this.#root, path, atKey), path, message, suggestion };
  }

  add(path: Path, message: string, hints: Hints = {}): void {
    this.issues.push(this.at(path, message, hints));
  }

  warn(path: Path, message: string): void {
    this.warnings.push(this.at(path, message, { atKey: true }));
  }

  /** Runs a check; its ConfigError becomes problems below `path`. */
  attempt<T>(path: Path, check: () => T): { readonly result: T } | undefined {
    try {
      return { result: check() };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const issue of error.issues) {
        this.add([...path, ...issue.path], issue.message, {
          suggestion: issue.suggestion,
          atKey: issue.atKey ?? false,
        });
      }
      return undefined;
    }
  }
}

interface Hints {
  readonly suggestion?: string | undefined;
  readonly atKey?: boolean;
}
