import { createHash } from "node:crypto";
import * as z from "zod";
import { parseIpAddress } from "#kit/ip-address.ts";
import { duration, secret } from "#kit/schema-types.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { type Action, defineAction, type Plan, type PlannedStep } from "../../action.ts";
import { createMailer } from "./mailer.ts";

const MAX_SUBJECT = 200;
const MAX_BODY = 100_000;

const input = z.strictObject({
  subject: z.string().describe("Subject; line ends and control characters are made visible, and it is cut at 200."),
  body: z.string().describe("Plain text; an HTML part is made of it. Cut at 100,000 characters."),
  to: z.array(z.email()).min(1).optional().describe("Some of the addresses in the settings' `to`; default: all."),
});

const target = z.strictObject({ to: z.email(), subject: z.string().max(MAX_SUBJECT * 8), body: z.string() });

const settings = z
  .strictObject({
    host: z.string().min(1).describe("Mail server."),
    port: z.int().min(1).max(65_535).default(587).describe("Its port."),
    security: z
      .enum(["starttls", "tls", "none"])
      .default("starttls")
      .describe("`starttls` refuses a server that offers none; `none` is for a server on this machine."),
    ca_file: z.string().min(1).optional().describe("PEM file with the authorities to trust instead of the system's."),
    username: z.string().min(1).optional().describe("Login, if the server wants one."),
    password: secret().optional().describe("Its password."),
    from: z.email().describe("Sender."),
    to: z.array(z.email()).min(1).describe("Every address that a playbook may write to."),
    timeout: duration().prefault("30s").describe("Time allowed for one mail."),
  })
  .superRefine(({ security, host, username, password }, context) => {
    const isHere = host === "localhost" || parseIpAddress(host)?.isLoopback === true;
    if (security === "none" && !isHere) {
      context.addIssue({ code: "custom", path: ["security"], message: "`none` is for a server on this machine only" });
    }
    if ((username === undefined) !== (password === undefined)) {
      context.addIssue({ code: "custom", path: ["username"], message: "username and password belong together" });
    }
  });

type Target = z.output<typeof target>;

export const notifyEmail = defineAction({
  type: "notify.email",
  summary: "Sends a mail over SMTP.",
  risk: "notify",
  lasting: false,
  permissions: ["SMTP submission as `from`"],
  input,
  target,
  settings,
  create(options): Action<z.output<typeof input>, Target> {
    const mailer = createMailer(options);
    return {
      // One step a recipient: whoever got the mail does not get it again because another one's server was busy.
      async plan({ subject, body, to }): Promise<Plan<Target>> {
        const wanted = [...new Set(to ?? options.to)];
        const mail = { subject: terminalText(subject, MAX_SUBJECT), body: body.slice(0, MAX_BODY) };
        const unknown = wanted.filter((address) => !options.to.includes(address));
        return {
          steps: wanted
            .filter((address) => !unknown.includes(address))
            .map((address) => toStep({ to: address, ...mail })),
          refused: unknown.map((what) => ({ what, reason: "not among the addresses of the settings" })),
        };
      },
      apply: (step, effect, signal) => mailer.send(step.target, effect.id, signal),
    };
  },
});

function toStep(mail: Target): PlannedStep<Target> {
  const digest = createHash("sha256").update(JSON.stringify(mail)).digest("hex");
  return { says: `Mail to ${mail.to}: ${mail.subject}`, key: `notify.email ${digest}`, target: mail };
}
