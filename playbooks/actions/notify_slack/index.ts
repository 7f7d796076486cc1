import { createHash } from "node:crypto";
import * as z from "zod";
import { parseIpAddress } from "#kit/ip-address.ts";
import { duration, secret } from "#kit/schema-types.ts";
import { type Action, defineAction, type Plan } from "../../action.ts";
import { postMessage } from "./post-message.ts";

/** Slack cuts longer messages itself, at a place of its own. */
const MAX_TEXT = 3000;

const input = z.strictObject({
  text: z.string().min(1).describe("Plain text, shown as it is; cut at 3,000 characters."),
});

const target = z.strictObject({ text: z.string().max(MAX_TEXT) });

const settings = z.strictObject({
  webhook_url: secret()
    .refine((url) => isAllowed(url.reveal()), "expected an https URL")
    .describe("URL of an incoming webhook; whoever has it can post, so take it from the environment."),
  timeout: duration().prefault("15s").describe("Time allowed for one message."),
});

type Target = z.output<typeof target>;

export const notifySlack = defineAction({
  type: "notify.slack",
  summary: "Posts a message through a Slack incoming webhook.",
  risk: "notify",
  lasting: false,
  permissions: ["an incoming webhook for one channel"],
  input,
  target,
  settings,
  create: (options): Action<z.output<typeof input>, Target> => ({
    async plan({ text }): Promise<Plan<Target>> {
      const message = { text: text.slice(0, MAX_TEXT) };
      const digest = createHash("sha256").update(message.text).digest("hex");
      return {
        steps: [{ says: `Slack message: ${message.text}`, key: `notify.slack ${digest}`, target: message }],
        refused: [],
      };
    },
    apply: (step, _effect, signal) => postMessage(options, step.target.text, signal),
  }),
});

/** In the clear only to this machine, for a relay or a test. */
function isAllowed(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && (url.hostname === "localhost" || isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  const text = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return parseIpAddress(text)?.isLoopback === true;
}
