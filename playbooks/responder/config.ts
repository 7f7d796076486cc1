import * as z from "zod";
import { ConfigError } from "#core/errors.ts";
import { nearestName } from "#core/nearest-name.ts";
import { parseIpNetwork } from "#kit/ip-address.ts";
import { duration, extensionId, secret } from "#kit/schema-types.ts";
import type { ActionFactory } from "../action.ts";
import { MODES } from "../language/playbook.ts";

const mode = z.enum(MODES);

function network() {
  return z.string().transform((text, context) => {
    const parsed = parseIpNetwork(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: `expected an address or a network such as 10.0.0.0/8, got "${text}"` });
    return z.NEVER;
  });
}

const DEFAULT_PORT = 4000;

/** `host:port`, `host`, or `[v6]:port`. */
function endpoint() {
  return z.string().transform((text, context) => {
    const url = URL.parse(`tcp://${text}`);
    if (url !== null && url.hostname !== "" && url.host === text) {
      const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
      return { host, port: url.port === "" ? DEFAULT_PORT : Number(url.port) };
    }
    context.addIssue({ code: "custom", message: `expected host:port, got "${text}"` });
    return z.NEVER;
  });
}

const tls = z
  .strictObject({
    ca_file: z.string().optional().describe("Certificates to trust instead of the system's."),
    cert_file: z.string().optional().describe("Our own certificate."),
    key_file: z.string().optional().describe("Its key."),
  })
  .describe("Speak TLS, and check the server's certificate and name.");

const cluster = z.strictObject({
  endpoint: endpoint().describe("host:port of TiDB, or of what stands before it."),
  username: z.string().min(1).describe("The responder's account; it is never a target itself."),
  password: secret().optional(),
  tls: tls.optional(),
  timeout: duration().prefault("10s").describe("Time allowed for one statement."),
  mode: mode.optional().describe("Ceiling for everything that is done to this cluster."),
});

const guards = z
  .strictObject({
    protected_accounts: z
      .array(z.string().min(1))
      .default(["root", "tidewatch*"])
      .describe("User names that nothing is done to; * stands for anything."),
    protected_networks: z.array(network()).default([]).describe("Addresses that are never blocked."),
    proxies: z.array(network()).default([]).describe("Load balancers and proxies: everybody comes from there."),
    own_addresses: z.array(network()).default([]).describe("Our own, beside those of this machine's interfaces."),
  })
  .prefault({})
  .describe("What must never be a target; checked when a step is planned and again before its effect.");

/** The responder's configuration, with the settings of these actions checked. */
export function responderConfig(actions: readonly ActionFactory[]) {
  return z
    .strictObject({
      store: extensionId().default("store").describe("Id of the store extension."),
      queue: z
        .strictObject({
          url: secret().optional().describe("redis:// or rediss://; without it the queue is in the store's database."),
          prefix: z
            .string()
            .min(1)
            .max(50)
            .default("tidewatch")
            .describe("Start of the keys in Redis; different for installations that share one."),
        })
        .prefault({}),
      mode: mode.default("observe").describe("Ceiling for everything: observe plans only, approve asks, enforce acts."),
      modes: z.record(z.string(), mode).default({}).describe("Ceilings by action."),
      clusters: z.record(z.string().min(1), cluster).default({}).describe("TiDB clusters by the name that alerts use."),
      actions: z.record(z.string(), z.unknown()).default({}).describe("Settings by action."),
      guards,
      concurrency: z.int().min(1).max(100).default(8).describe("Steps at the same time."),
      sweep_interval: duration()
        .refine((ms) => ms >= 100, { error: "expected at least 100ms" })
        .prefault("15s")
        .describe("How often to look for what no message reported: expiries, silence, lost messages."),
      undo_timeout: duration()
        .refine((ms) => ms >= 100, { error: "expected at least 100ms" })
        .prefault("30s")
        .describe("Time allowed for taking back or renewing one effect."),
      retention: duration()
        .refine((ms) => ms >= 86_400_000, { error: "expected at least 1d" })
        .prefault("90d")
        .describe("How long alerts and ended runs are kept; the audit chain is kept for ever."),
    })
    .superRefine((config, context) => {
      for (const [section, types] of [
        ["modes", Object.keys(config.modes)],
        ["actions", Object.keys(config.actions)],
      ] as const) {
        for (const type of types) checkAction(actions, section, type, config.actions[type], context);
      }
    });
}

export type ResponderConfig = z.output<ReturnType<typeof responderConfig>>;
export type ClusterConfig = ResponderConfig["clusters"][string];

function checkAction(
  actions: readonly ActionFactory[],
  section: "modes" | "actions",
  type: string,
  settings: unknown,
  context: z.core.$RefinementCtx,
): void {
  const factory = actions.find((action) => action.type === type);
  const names = actions.map((action) => action.type);
  if (factory === undefined) {
    const hint = nearestName(type, names);
    const message = `unknown action "${type}"${hint === undefined ? "" : `, did you mean "${hint}"?`}`;
    context.addIssue({ code: "custom", path: [section, type], message });
  } else if (section === "actions") {
    try {
      factory.prepare(settings);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const { path, message } of error.issues) {
        context.addIssue({ code: "custom", path: [section, type, ...path], message });
      }
    }
  }
}
