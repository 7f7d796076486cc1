import { parseIpAddress } from "#kit/ip-address.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { refuseUserName } from "#tidb/admin/account-name.ts";
import type { AlertFacts } from "../language/alert-facts.ts";
import type { InputType, Playbook } from "../language/playbook.ts";
import { alertValue } from "../language/trigger.ts";

/** The inputs of a run: canonical values, and for those that cannot be used the reason. Plain JSON. */
export interface Inputs {
  readonly values: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
}

const MAX_TEXT = 1000;

/** Makes typed values of what an attacker may have written. An input without a usable value only stops what needs it. */
export function readInputs(playbook: Playbook, alert: AlertFacts, clusters: readonly string[]): Inputs {
  const values: Record<string, string> = {};
  const missing: Record<string, string> = {};
  for (const [name, { type, from }] of Object.entries(playbook.inputs)) {
    const raw = alertValue(alert, from);
    const read = readInput(type, typeof raw === "number" ? String(raw) : raw, clusters);
    if ("value" in read) values[name] = read.value;
    else missing[name] = `${from} ${read.reason}`;
  }
  return { values, missing };
}

type Read = { readonly value: string } | { readonly reason: string };

function readInput(type: InputType, raw: unknown, clusters: readonly string[]): Read {
  const [only, ...others] = clusters;
  // An alert from a single-cluster installation need not name the cluster.
  if (type === "cluster" && raw === null && only !== undefined && others.length === 0) return { value: only };
  if (raw === null) return { reason: "is not in the alert" };
  if (typeof raw !== "string") return { reason: "is not one text" };
  if (type === "cluster") return clusters.includes(raw) ? { value: raw } : { reason: "is not a configured cluster" };
  if (type === "text") return { value: terminalText(raw, MAX_TEXT) };
  if (type === "tidb_account") {
    const problem = refuseUserName(raw);
    return problem === undefined ? { value: raw } : { reason: `cannot be an account: ${problem}` };
  }
  const address = parseIpAddress(raw);
  return address === undefined ? { reason: "is not an IP address" } : { value: address.text };
}
