import type * as z from "zod";
import { ConfigError } from "#core/errors.ts";
import { parseConfig } from "#core/parse-config.ts";
import { compileRule, type CompiledRule } from "./compiled-rule.ts";
import type { CorrelationRule } from "./correlation-rule.ts";
import { linkCorrelations, type PendingCorrelation } from "./link-correlations.ts";
import { toMetadata, type RuleMetadata } from "./rule-metadata.ts";
import { ProblemList, type RuleProblem } from "./rule-problem.ts";
import { correlationSchema, ruleSchema, type CorrelationHeader, type RuleHeader } from "./rule-schema.ts";
import { entryOf, parseRuleTrees, positionAt, toPlain, type MapNode, type RuleNode } from "./rule-tree.ts";
import type { WitnessCost } from "./witness-cost.ts";

export interface RuleFile {
  /** How problems call the file. */
  readonly path: string;
  readonly text: string;
}

export interface LoadOptions {
  /** How selective literals are, when it has been measured. */
  readonly cost?: WitnessCost;
}

export interface LoadedRules {
  readonly rules: readonly CompiledRule[];
  readonly correlations: readonly CorrelationRule[];
  /** In the order of files and, for references between rules, after all others. */
  readonly problems: readonly RuleProblem[];
}

/** Compiles all rules of all files. Never throws: a document with a mistake is left out, and the others work. */
export function loadRules(files: readonly RuleFile[], options: LoadOptions = {}): LoadedRules {
  const loader = new RuleLoader(options);
  for (const file of files) loader.read(file);
  return loader.finish();
}

class RuleLoader {
  readonly #options: LoadOptions;
  readonly #rules: CompiledRule[] = [];
  readonly #pending: PendingCorrelation[] = [];
  readonly #lists: ProblemList[] = [];
  /** Every id and name that is taken, rules and correlations together. */
  readonly #taken = new Map<string, RuleMetadata>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  read({ path, text }: RuleFile): void {
    const problems = new ProblemList(path);
    this.#lists.push(problems);
    for (const node of parseRuleTrees(text, problems)) this.#readDocument(node, path, problems);
  }

  finish(): LoadedRules {
    const { correlations, silent, generating } = linkCorrelations(this.#rules, this.#pending);
    const alerts = (id: string): boolean => generating.has(id) || !silent.has(id);
    return {
      rules: this.#rules.map((rule) => ({ ...rule, alerts: alerts(rule.id) })),
      correlations: correlations.map((correlation) => ({ ...correlation, alerts: alerts(correlation.id) })),
      problems: this.#lists.flatMap((list) => list.problems),
    };
  }

  #readDocument(node: RuleNode, file: string, problems: ProblemList): void {
    if (node.kind !== "map") {
      problems.error(node.at, "a rule is a map of keys and values");
      return;
    }
    for (const key of ["filter", "action"]) {
      const entry = entryOf(node, key);
      if (entry === undefined) continue;
      problems.error(entry.keyAt, `documents with "${key}" are not supported`);
      return;
    }
    if (entryOf(node, "correlation") === undefined) this.#readRule(node, file, problems);
    else this.#readCorrelation(node, file, problems);
  }

  #readRule(node: MapNode, file: string, problems: ProblemList): void {
    const header = checkHeader<RuleHeader>(ruleSchema, node, problems);
    const metadata = header && this.#register(header, node, file, problems);
    if (header === undefined || metadata === undefined) return;
    const rule = compileRule(header, metadata, node, problems, this.#options.cost);
    if (rule !== undefined) this.#rules.push(rule);
  }

  #readCorrelation(node: MapNode, file: string, problems: ProblemList): void {
    const header = checkHeader<CorrelationHeader>(correlationSchema, node, problems);
    const metadata = header && this.#register(header, node, file, problems);
    if (header !== undefined && metadata !== undefined) this.#pending.push({ header, metadata, node, problems });
  }

  /** Takes the id and name of a document; undefined when it is not to be loaded. */
  #register(
    header: RuleHeader | CorrelationHeader,
    node: MapNode,
    file: string,
    problems: ProblemList,
  ): RuleMetadata | undefined {
    if (header.status === "deprecated" || header.status === "unsupported") {
      problems.warning(positionAt(node, ["status"]), `not loaded, because its status is ${header.status}`);
      return undefined;
    }
    const metadata = toMetadata(header, file, node.at.line);
    for (const key of ["name", "id"] as const) {
      const other = this.#taken.get(metadata[key]);
      if (other === undefined) continue;
      problems.error(
        positionAt(node, [key]),
        `${key} "${metadata[key]}" is taken by the rule in ${other.file}, line ${other.line}`,
      );
      return undefined;
    }
    this.#taken.set(metadata.id, metadata);
    this.#taken.set(metadata.name, metadata);
    return metadata;
  }
}

/** The header of a document, or undefined after its mistakes have been reported. */
function checkHeader<H>(schema: z.ZodType<H>, node: MapNode, problems: ProblemList): H | undefined {
  try {
    return parseConfig(schema, toPlain(node));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { path, message, suggestion, atKey } of error.issues) {
      const name = path.length > 0 ? `${path.join(".")}: ` : "";
      problems.error(positionAt(node, path, atKey), `${name}${message}`, suggestion);
    }
    return undefined;
  }
}
