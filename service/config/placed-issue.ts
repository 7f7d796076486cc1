import { TidewatchError } from "#core/errors.ts";
import type { Path, Place } from "./located.ts";

/** One mistake in the configuration, with its place. */
export interface PlacedIssue {
  readonly place: Place;
  readonly path: Path;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** All mistakes of a configuration. Its message is the whole report, a mistake per line. */
export class ConfigurationError extends TidewatchError {
  override readonly name = "ConfigurationError";
  readonly issues: readonly PlacedIssue[];

  constructor(issues: readonly PlacedIssue[]) {
    super(issues.map(issueText).join("\n"), { code: "configuration" });
    this.issues = issues;
  }
}

/** `file:line:column: a::b: what is wrong; did you mean "x"?` */
export function issueText({ place, path, message, suggestion }: PlacedIssue): string {
  const where = path.length > 0 ? `${path.join("::")}: ` : "";
  const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
  return `${place.source}:${place.line}:${place.column}: ${where}${message}${hint}`;
}
