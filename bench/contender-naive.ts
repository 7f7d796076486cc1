import { createReadStream, createWriteStream, globSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { type AttributeValue, toText } from "#core/attributes.ts";
import { SEVERITY } from "#core/record.ts";
import { Correlator } from "#sigma/correlator.ts";
import { loadRules } from "#sigma/load-rules.ts";
import { toSigmaRecord } from "#sigma/sigma-record.ts";
import { attributeName } from "#tidb/field-names.ts";
import { type Identity, parseAccessDenied, parseConnInfo, parsePeer, parseUserAtAddress } from "#tidb/peer.ts";
import { Suppression } from "../processors/detect/suppression.ts";
import { OBSERVED_TIME, startMeter } from "./measure.ts";

/**
 * The same job the way one would write it first: a stream of lines, a regular expression, an object, every rule asked
 * about every record, JSON.stringify. The compiled rules, correlations and suppression are Tidewatch's own code, and so is
 * every byte of the output.
 */
const [input = "", output = "", rulePattern = "", lines = "0"] = process.argv.slice(2);

const HEADER = /^\[([^\]]+)\] \[([A-Z]+)\] (?:\[([^\]:]+):(\d+)\] )?\[("(?:[^"\\]|\\.)*"|[^\]]*)\](.*)$/;
const FIELD = /\[("(?:[^"\\]|\\.)*"|[^=\]]+)=("(?:[^"\\]|\\.)*"|[^\]]*)\]/g;

const unquote = (text: string): string => (text.startsWith('"') ? (JSON.parse(text) as string) : text);

const files = globSync(rulePattern).map((path) => ({ path, text: readFileSync(path, "utf8") }));
const { rules, correlations } = loadRules(files);
const correlator = new Correlator<number>(correlations);
const suppression = new Suppression();
const sessions = new Map<string, Identity>();
const out = createWriteStream(output);
let alerts = 0;
let count = 0;

/** Adds who it was, as far as this line or an earlier one of its connection says. */
function joinSession(body: string, attributes: Record<string, AttributeValue>): void {
  if (body === "Server.onConn handshake") {
    const denied = parseAccessDenied(toText(attributes["error.message"]));
    const peer = parsePeer(toText(attributes["tidb.remote_addr"]));
    if (denied === undefined && peer === undefined) return;
    put(attributes, { user: denied?.user ?? "", address: peer?.address ?? denied?.address, port: peer?.port });
    return;
  }
  const conn = attributes["tidb.conn"] as string | undefined;
  if (conn === undefined) return;
  const known = sessions.get(conn);
  let session = known;
  if (body === "GENERAL_LOG") {
    const told = parseUserAtAddress(toText(attributes["tidb.user"]));
    if (told !== undefined) session = { ...told, port: known?.address === told.address ? known?.port : undefined };
  } else if (body === "command dispatched failed") {
    session = parseConnInfo(toText(attributes["tidb.connInfo"])) ?? known;
  }
  if (session === undefined) return;
  sessions.set(conn, session);
  put(attributes, session);
  if (known?.user !== session.user || known.address !== session.address)
    attributes["tidewatch.session.first_seen"] = true;
}

function put(attributes: Record<string, AttributeValue>, { user, address, port }: Identity): void {
  if (user !== "") attributes["user.name"] = user;
  if (address !== undefined) attributes["client.address"] = address;
  if (port !== undefined) attributes["client.port"] = port;
}

const stop = startMeter();
for await (const line of createInterface({ input: createReadStream(input), crlfDelay: Infinity })) {
  count++;
  const header = HEADER.exec(line);
  if (header === null) continue;
  const [, time = "", level = "", file = "", lineNumber = "", message = "", rest = ""] = header;
  const attributes: Record<string, AttributeValue> = { "code.file.path": file, "code.line.number": lineNumber };
  for (const [, key = "", value = ""] of rest.matchAll(FIELD)) attributes[attributeName(unquote(key))] = unquote(value);
  attributes["log.file.name"] = basename(input);
  attributes["log.file.path"] = input;
  const body = unquote(message);
  joinSession(body, attributes);
  const event = body === "GENERAL_LOG" ? { event_name: "tidb.general_query" } : {};
  const date = new Date(time.replaceAll("/", "-").replace(" ", "T").replace(" ", ""));
  const record = toSigmaRecord({ ...attributes, ...event, body, severity_text: level });
  for (const rule of rules) {
    if (rule.logsource.service === "slow" || !rule.matches(record)) continue;
    if (rule.alerts && rule.level !== "informational") {
      alerts += Math.min(1, suppression.raise(rule, suppression.keyOf(rule, record), date.getTime()));
    }
    alerts += correlator.add({
      ruleId: rule.id,
      timeMs: date.getTime(),
      field: (name) => record.field(name),
      evidence: count,
    }).length;
  }
  const json = JSON.stringify({
    time: date.toISOString(),
    observed_time: OBSERVED_TIME,
    severity_text: level,
    severity_number: SEVERITY[level as keyof typeof SEVERITY],
    ...event,
    body,
    attributes,
    resource: { "service.name": "tidb" },
  });
  if (!out.write(`${json}\n`)) await once(out, "drain");
}
out.end();
await once(out, "finish");
if (count !== Number(lines)) throw new Error(`read ${count} lines, expected ${lines}`);
process.stdout.write(`${JSON.stringify(stop(count, alerts))}\n`);
