import * as z from "zod";
import { duration, parseDurationMs } from "#kit/schema-types.ts";

export const MODES = ["observe", "approve", "enforce"] as const;
/** observe: plan only; approve: a person decides; enforce: act. */
export type Mode = (typeof MODES)[number];

const HOUR_MS = 3_600_000;
const MAX_EXPIRY_MS = 30 * 24 * HOUR_MS;

const NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-";

/** A short name of ours: it becomes part of keys. */
function name() {
  return z
    .string()
    .min(1)
    .max(60)
    .refine((text) => Array.from(text).every((char) => NAME_CHARACTERS.includes(char)), {
      error: "expected lower-case letters, digits, _ and - only",
    });
}

function limit() {
  return z.string().transform((text, context) => {
    const [count, unit = ""] = text.split("/", 2);
    const windowMs = parseDurationMs(`1${unit}`);
    if (count !== undefined && isWholeNumber(count) && windowMs !== undefined && unit !== "") {
      return { count: Number(count), windowMs };
    }
    context.addIssue({ code: "custom", message: `expected a limit such as 20/h or 100/d, got "${text}"` });
    return z.NEVER;
  });
}

function isWholeNumber(text: string): boolean {
  return text.length > 0 && text.length <= 9 && String(Number(text)) === text && Number.isInteger(Number(text));
}

const approve = z.strictObject({
  within: duration().prefault("1h").describe("How long to wait for a person."),
  else: z.enum(["skip", "fail"]).default("skip").describe("What silence means: leave the step out, or call it failed."),
});

const retry = z.strictObject({
  tries: z.int().min(1).max(20).default(5).describe("Attempts in all, when the target cannot be reached."),
  wait: duration().prefault("2s").describe("Wait after the first attempt; doubles each time, up to five minutes."),
});

const step = z.strictObject({
  id: name().describe("Unique in the playbook."),
  do: z.string().describe("The action."),
  with: z
    .record(z.string(), z.json())
    .default({})
    .describe("Its input: literals, $input, and in notifications text with {{ expression }}."),
  when: z.string().optional().describe("Leave the step out unless this holds."),
  needs: z.array(z.string()).default([]).describe("Earlier steps that must have had their effect."),
  mode: z.enum(MODES).optional().describe("Ceiling for this step alone."),
  expires: duration()
    .refine((ms) => ms >= 1000 && ms <= MAX_EXPIRY_MS, { error: "expected 1s to 30d" })
    .optional()
    .describe("When the effect is taken back. Required for effects that last."),
  approve: approve.prefault({}).describe("How to ask, in mode approve."),
  retry: retry.prefault({}),
  timeout: duration()
    .refine((ms) => ms >= 100 && ms <= HOUR_MS, { error: "expected 100ms to 1h" })
    .prefault("30s")
    .describe("Time allowed for one attempt."),
});

const inputSchema = z.strictObject({
  type: z.enum(["cluster", "tidb_account", "ip", "text"]).describe("Checked and made canonical before any use."),
  from: z.string().describe("Where it comes from: alert.<field>."),
});

/** One playbook file. The parsed form is plain JSON: it is stored with each run. */
export const playbookSchema = z.strictObject({
  playbook: name().describe("Name."),
  version: z.int().min(1).describe("Goes up with every change; runs finish on the version that they began with."),
  owner: z.string().describe("Who answers for it."),
  summary: z.string().describe("What it does, in one sentence."),
  on: z.strictObject({
    alert: z.array(z.string().min(1)).min(1).describe("Rule names; * stands for anything."),
    where: z.string().optional().describe("Only alerts for which this holds."),
    once: z
      .strictObject({
        per: z.array(z.string()).min(1).describe("Inputs that must be equal."),
        within: duration().describe("How long later alerts join the first one's run."),
      })
      .optional()
      .describe("Makes one run of a storm of alerts."),
  }),
  inputs: z.record(name(), inputSchema).default({}),
  mode: z.enum(MODES).default("observe").describe("Ceiling for this playbook."),
  limits: z
    .strictObject({
      runs: limit().optional().describe("Runs that may act by themselves; more than that ask first."),
      verbs: z.record(z.string(), limit()).default({}).describe("The same for the effects of each action."),
    })
    .prefault({}),
  guards: z.array(z.string()).default([]).describe("Must hold at planning and again before each effect."),
  steps: z.array(step).min(1).max(50),
  on_failure: z.array(step).max(10).default([]).describe("Notifications when a step failed."),
});

export type Playbook = z.output<typeof playbookSchema>;
export type PlaybookStep = z.output<typeof step>;
export type InputType = z.output<typeof inputSchema>["type"];
