import * as z from "zod";
import { type Attributes, type AttributeValue, toText } from "#core/attributes.ts";
import { compilePattern } from "#core/pattern.ts";
import type { LogRecord } from "#core/record.ts";
import { attributeValue } from "#kit/schema-types.ts";

/** Whether a record has the properties of `include` or `exclude`. */
export type Matches = (record: LogRecord) => boolean;

const keyAndValue = z.strictObject({
  key: z.string().min(1).describe("The attribute."),
  value: attributeValue().optional().describe("Its value; without it, the attribute must only be there."),
});

const properties = z.strictObject({
  match_type: z
    .enum(["strict", "regexp"])
    .describe("How texts are compared; `regexp` is an RE2 expression found anywhere."),
  log_bodies: z
    .array(z.string())
    .optional()
    .describe("The body must match one of these; only bodies that are texts do."),
  log_severity_texts: z.array(z.string()).optional().describe("The severity text must match one of these."),
  log_severity_number: z
    .strictObject({
      min: z.int().min(1).max(24).describe("Lowest severity number that matches."),
      match_undefined: z.boolean().default(false).describe("Records without a severity match, too."),
    })
    .optional()
    .describe("The severity number must be high enough."),
  attributes: z.array(keyAndValue).optional().describe("The record must have all of these attributes."),
  resources: z.array(keyAndValue).optional().describe("The resource must have all of these attributes."),
});

type Settings = z.output<typeof properties>;

/** The collector's include and exclude, as far as they are about logs. */
export function matchProperties() {
  return properties.transform((settings, check): Matches => {
    const tests = compile(settings, (path, message) => check.addIssue({ code: "custom", path, message }));
    if (tests.length === 0) {
      check.addIssue({
        code: "custom",
        message: "needs log_bodies, log_severity_texts, log_severity_number, attributes or resources",
      });
    }
    return (record) => tests.every((test) => test(record));
  });
}

type Mistake = (path: (string | number)[], message: string) => void;

function compile(settings: Settings, mistake: Mistake): Matches[] {
  const { match_type: type, log_severity_number: severity } = settings;
  const tests: Matches[] = [];
  const texts = (name: "log_bodies" | "log_severity_texts", read: (record: LogRecord) => unknown): void => {
    const patterns = settings[name]?.map((text, i) => textTest(type, text, (message) => mistake([name, i], message)));
    if (patterns === undefined || patterns.length === 0) return;
    tests.push((record) => {
      const text = read(record);
      return typeof text === "string" && patterns.some((test) => test(text));
    });
  };
  texts("log_bodies", ({ body }) => body);
  texts("log_severity_texts", ({ severityText }) => severityText ?? "");
  if (severity !== undefined) {
    const { min, match_undefined } = severity;
    tests.push(({ severityNumber }) => (severityNumber === 0 ? match_undefined : severityNumber >= min));
  }
  for (const name of ["attributes", "resources"] as const) {
    for (const [i, { key, value }] of (settings[name] ?? []).entries()) {
      const test = valueTest(type, value, (message) => mistake([name, i, "value"], message));
      tests.push((record) => {
        const given = name === "attributes" ? record.attribute(key) : own(record.resource.attributes, key);
        return given !== undefined && test(given);
      });
    }
  }
  return tests;
}

function textTest(
  type: Settings["match_type"],
  text: string,
  mistake: (message: string) => void,
): (text: string) => boolean {
  if (type === "strict") return (given) => given === text;
  const pattern = compilePattern(text);
  if (typeof pattern !== "string") return (given) => pattern.test(given);
  mistake(pattern);
  return () => false;
}

function valueTest(
  type: Settings["match_type"],
  value: AttributeValue | undefined,
  mistake: (message: string) => void,
): (given: AttributeValue) => boolean {
  if (value === undefined) return () => true;
  if (type === "regexp") {
    if (typeof value !== "string") mistake("must be a text, because match_type is regexp");
    const test = textTest(type, toText(value), mistake);
    return (given) => test(toText(given));
  }
  // By type, too: the collector tells "5" from 5.
  return (given) => typeof given === typeof value && toText(given) === toText(value);
}

function own(attributes: Attributes, key: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}
