import * as z from "zod";
import { compilePattern, type Pattern } from "#core/pattern.ts";
import {
  type ActionSource,
  type ApplyAction,
  convertAction,
  extractAction,
  hashValue,
  keyedAction,
  putAction,
} from "./attribute-action.ts";
import { attributeValue } from "./schema-types.ts";

const ACTIONS = ["insert", "update", "upsert", "delete", "hash", "extract", "convert"] as const;

const action = z.strictObject({
  key: z.string().min(1).optional().describe("The attribute."),
  action: z.enum(ACTIONS).describe("What is done with it."),
  value: attributeValue().optional().describe("Value to put."),
  from_attribute: z.string().min(1).optional().describe("Attribute whose value is put."),
  default_value: attributeValue().optional().describe("Value to put when from_attribute is not there."),
  pattern: z
    .string()
    .min(1)
    .optional()
    .describe("RE2 expression: for delete and hash over keys, for extract over the value."),
  converted_type: z.enum(["int", "double", "string"]).optional().describe("Type for convert."),
});

type Settings = z.output<typeof action>;
type Option = Exclude<keyof Settings, "action">;

/** A list of actions as the collector's attributes and resource processors have it, compiled. */
export function attributeActions() {
  return z.array(action.transform(compileAction)).min(1);
}

/** Settings that each action takes beside `action`. */
const TAKES: Readonly<Record<Settings["action"], readonly Option[]>> = {
  insert: ["key", "value", "from_attribute", "default_value"],
  update: ["key", "value", "from_attribute", "default_value"],
  upsert: ["key", "value", "from_attribute", "default_value"],
  delete: ["key", "pattern"],
  hash: ["key", "pattern"],
  extract: ["key", "pattern"],
  convert: ["key", "converted_type"],
};

const NOTHING: ApplyAction = () => {};

function compileAction(settings: Settings, check: z.core.$RefinementCtx): ApplyAction {
  const mistake = (path: string[], message: string): void => check.addIssue({ code: "custom", path, message });
  const { action: name, key, pattern, converted_type: type } = settings;
  for (const option of Object.keys(settings) as (keyof Settings)[]) {
    if (option !== "action" && settings[option] !== undefined && !TAKES[name].includes(option)) {
      mistake([option], `the action ${name} does not take ${option}`);
    }
  }
  const compiled = pattern === undefined ? undefined : compilePattern(pattern);
  if (typeof compiled === "string") mistake(["pattern"], compiled);
  const usable = typeof compiled === "string" ? undefined : compiled;
  if (name === "delete" || name === "hash") {
    if (key === undefined && pattern === undefined) mistake([], `the action ${name} needs key or pattern`);
    return keyedAction(key, usable, name === "delete" ? (attributes, found) => attributes.delete(found) : hashKey);
  }
  if (key === undefined) {
    mistake([], `the action ${name} needs key`);
    return NOTHING;
  }
  switch (name) {
    case "extract":
      if (pattern === undefined) mistake([], "the action extract needs pattern");
      if (usable !== undefined && !allNamed(usable))
        mistake(["pattern"], "every group must have a name, and one group at least");
      return usable === undefined ? NOTHING : extractAction(key, usable);
    case "convert":
      if (type === undefined) mistake([], "the action convert needs converted_type");
      return type === undefined ? NOTHING : convertAction(key, type);
    default:
      return putAction(key, name, sourceOf(settings, mistake));
  }
}

const hashKey: Parameters<typeof keyedAction>[2] = (attributes, key) => {
  const value = attributes.get(key);
  if (value !== undefined) attributes.set(key, hashValue(value));
};

function allNamed({ groupNames, groupCount }: Pattern): boolean {
  return groupCount > 0 && groupNames.size === groupCount;
}

function sourceOf(settings: Settings, mistake: (path: string[], message: string) => void): ActionSource {
  const { value, from_attribute: other, default_value } = settings;
  if (value !== undefined && other !== undefined)
    mistake(["from_attribute"], "write value or from_attribute, not both");
  if (value === undefined && other === undefined && default_value === undefined) {
    mistake([], `the action ${settings.action} needs value or from_attribute`);
  }
  if (other !== undefined) return (attributes) => attributes.get(other) ?? default_value;
  const fixed = value ?? default_value;
  return () => fixed;
}
