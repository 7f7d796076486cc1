import * as z from "zod";
import { ALERT_SEVERITIES } from "#core/alert.ts";
import { exampleSchema } from "./rule-examples.ts";
import { timespanSchema } from "./timespan.ts";

const TAG_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-.";

const names = z.array(z.string().min(1));

/** One text or a list of them. */
const oneOrMore = z.union([
  z
    .string()
    .min(1)
    .transform((text) => [text]),
  names.min(1),
]);

/** Everything under `tidewatch:`, which other Sigma tools skip. */
const tidewatchBlock = z.strictObject({
  category: z.string().min(1).optional().describe("Area that the rule belongs to, such as auth or sqli."),
  requires: names.default([]).describe("What must be there for the rule to see anything, such as log.server."),
  response: names.default([]).describe("Names of the playbooks that suit."),
  dedup: z
    .strictObject({
      by: names.default([]).describe("Fields whose values tell one finding from another."),
      for: timespanSchema.optional().describe("For how long in event time the same finding is not raised again."),
    })
    .optional(),
  tests: z
    .strictObject({
      match: z.array(exampleSchema).default([]),
      no_match: z.array(exampleSchema).default([]),
    })
    .optional(),
});

/** What rules and correlations have in common; other keys are allowed, as Sigma wants it. */
const metadata = z.looseObject({
  title: z.string().min(1).max(256),
  id: z
    .guid()
    .transform((id) => id.toLowerCase())
    .optional(),
  name: z.string().min(1).max(256).optional(),
  status: z.enum(["stable", "test", "experimental", "deprecated", "unsupported"]).default("experimental"),
  description: z.string().max(65_535).default(""),
  level: z.enum(ALERT_SEVERITIES).default("medium"),
  tags: z.array(z.string().refine(isTag, "expected a tag such as attack.t1110.001")).default([]),
  falsepositives: z.array(z.string()).default([]),
  tidewatch: tidewatchBlock.prefault({}),
});

const logsource = z
  .looseObject({
    category: z.string().min(1).optional(),
    product: z.string().min(1).optional(),
    service: z.string().min(1).optional(),
  })
  .refine(
    ({ category, product, service }) => (category ?? product ?? service) !== undefined,
    "needs category, product or service",
  );

export const ruleSchema = metadata.extend({
  logsource,
  detection: z.record(z.string(), z.unknown()),
});

export const correlationSchema = metadata.extend({
  correlation: z.strictObject({
    type: z.string().min(1),
    rules: oneOrMore,
    timespan: timespanSchema,
    "group-by": oneOrMore.default([]),
    condition: z.record(z.string(), z.unknown()).optional(),
    aliases: z.record(z.string(), z.record(z.string(), z.string())).default({}),
    generate: z.boolean().default(false),
  }),
});

export type TidewatchBlock = z.output<typeof tidewatchBlock>;
export type RuleHeader = z.output<typeof ruleSchema>;
export type CorrelationHeader = z.output<typeof correlationSchema>;

function isTag(tag: string): boolean {
  const dot = tag.indexOf(".");
  return dot > 0 && dot < tag.length - 1 && tag.split("").every((character) => TAG_CHARACTERS.includes(character));
}
