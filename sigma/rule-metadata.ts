import type { AlertSeverity } from "#core/alert.ts";
import type { TidewatchBlock } from "./rule-schema.ts";
import type { CorrelationHeader, RuleHeader } from "./rule-schema.ts";

/** What rules and correlations say about themselves. */
export interface RuleMetadata {
  /** The rule's UUID; for a rule without one its name, or its title. */
  readonly id: string;
  /** The dotted name; for a rule without one its id. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly level: AlertSeverity;
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  /** The `tidewatch:` block. */
  readonly custom: TidewatchBlock;
  /** Where the document stands. */
  readonly file: string;
  readonly line: number;
}

/** The metadata of a valid header. */
export function toMetadata(header: RuleHeader | CorrelationHeader, file: string, line: number): RuleMetadata {
  const id = header.id ?? header.name ?? header.title;
  return {
    id,
    name: header.name ?? id,
    title: header.title,
    description: header.description.trim(),
    level: header.level,
    tags: header.tags,
    falsepositives: header.falsepositives,
    custom: header.tidewatch,
    file,
    line,
  };
}
