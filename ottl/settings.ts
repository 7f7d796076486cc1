import * as z from "zod";
import { compileGroup, type Group, type GroupMistake } from "./compile-group.ts";
import { mistakeText } from "./mistake.ts";
import { CONTEXT_NAMES, type ContextName } from "./scope.ts";

/** What happens when a statement or condition fails on a record. */
export type ErrorMode = z.output<ReturnType<typeof errorMode>>;

export function errorMode() {
  return z.enum(["ignore", "silent", "propagate"]);
}

/** A compiled group, and its own error mode where it has one. */
export interface ConfiguredGroup extends Group {
  readonly errorMode: ErrorMode | undefined;
}

/** A list of conditions for one context; compiled while the configuration is read. */
export function conditionList(context: ContextName) {
  return z
    .array(z.string())
    .transform((conditions, check) =>
      configured(compileGroup({ context, conditions, statements: [] }), undefined, check, (mistake) => [mistake.index]),
    );
}

/** `log_conditions`: conditions, or maps of them with a context and an error mode. */
export function conditionGroups() {
  const conditions = z.array(z.string()).min(1).describe("Conditions; a record is dropped when one holds.");
  const group = z
    .strictObject({ ...groupSettings(), conditions })
    .transform((raw, check) =>
      configured(compileGroup({ ...raw, statements: [] }), raw.error_mode, check, ({ list, index }) => [list, index]),
    );
  return groupList(group, (texts, check) =>
    configured(compileGroup({ conditions: texts, statements: [] }), undefined, check, ({ index }) => [index]),
  );
}

/** `log_statements`: statements, or maps of them with a context, conditions for all of them and an error mode. */
export function statementGroups() {
  const group = z
    .strictObject({
      ...groupSettings(),
      conditions: z.array(z.string()).default([]).describe("The statements run where one of these holds."),
      statements: z.array(z.string()).min(1).describe("Statements, in order."),
    })
    .transform((raw, check) =>
      configured(compileGroup(raw), raw.error_mode, check, ({ list, index }) => [list, index]),
    );
  return groupList(group, (texts, check) =>
    configured(compileGroup({ conditions: [], statements: texts }), undefined, check, ({ index }) => [index]),
  );
}

function groupSettings() {
  return {
    context: z
      .enum(CONTEXT_NAMES)
      .optional()
      .describe("What the statements run on; without it, the narrowest context that their paths name."),
    error_mode: errorMode().optional().describe("Instead of the error mode above, for this group."),
  };
}

type Check = z.core.$RefinementCtx;

/** Either texts, which make one group, or maps, which make one each. */
function groupList<S extends z.ZodType<ConfiguredGroup>>(
  group: S,
  compileTexts: (texts: readonly string[], check: Check) => ConfiguredGroup,
) {
  return z.array(z.union([z.string(), group])).transform((list, check): ConfiguredGroup[] => {
    const texts = list.filter((entry) => typeof entry === "string");
    const groups = list.filter((entry) => typeof entry !== "string");
    if (texts.length === 0) return groups;
    if (groups.length === 0) return [compileTexts(texts, check)];
    check.addIssue({ code: "custom", message: "write either texts or maps, not both in one list" });
    return z.NEVER;
  });
}

function configured(
  compiled: Group | readonly GroupMistake[],
  mode: ErrorMode | undefined,
  check: Check,
  pathOf: (mistake: GroupMistake) => (string | number)[],
): ConfiguredGroup {
  if ("context" in compiled) return { ...compiled, errorMode: mode };
  for (const mistake of compiled) {
    const { suggestion } = mistake;
    check.addIssue({ code: "custom", path: pathOf(mistake), message: mistakeText(mistake), params: { suggestion } });
  }
  return z.NEVER;
}
