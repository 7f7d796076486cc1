import { createReadStream, createWriteStream, globSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Correlator } from "#sigma/correlator.ts";
import { loadRules } from "#sigma/load-rules.ts";
import { toSigmaRecord } from "#sigma/sigma-record.ts";
import { attributeName } from "#tidb/field-names.ts";
import { parseConnInfo, parseUserAtAddress } from "#tidb/peer.ts";
import { startMeter } from "./measure.ts";

/**
 * The same job the way one would write it first: a stream of lines, a regular expression, an object, every rule asked
 * about every record, JSON.stringify. The rules and correlations are the same code as Tidewatch's.
 */
const [input = "", output = "", rulePattern = "", lines = "0"] = process.argv.slice(2);

const HEADER = /^\[([^\]]+)\] \[([A-Z]+)\] (?:\[([^\]:]+):(\d+)\] )?\[("(?:[^"\\]|\\.)*"|[^\]]*)\](.*)$/;
const FIELD = /\[("(?:[^"\\]|\\.)*"|[^=\]]+)=("(?:[^"\\]|\\.)*"|[^\]]*)\]/g;

const unquote = (text: string): string => (text.startsWith('"') ? (JSON.parse(text) as string) : text);

const files = globSync(rulePattern).map((path) => ({ path, text: readFileSync(path, "utf8") }));
const { rules, correlations } = loadRules(files);
const correlator = new Correlator<number>(correlations);
const sessions = new Map<string, { user: string; address: string | undefined }>();
const out = createWriteStream(output);
let alerts = 0;
let count = 0;

const stop = startMeter();
for await (const line of createInterface({ input: createReadStream(input), crlfDelay: Infinity })) {
  count++;
  const header = HEADER.exec(line);
  if (header === null) continue;
  const [, time = "", level = "", file = "", lineNumber = "", message = "", rest = ""] = header;
  const attributes: Record<string, string> = { "code.file.path": file, "code.line.number": lineNumber };
  for (const [, key = "", value = ""] of rest.matchAll(FIELD)) attributes[attributeName(unquote(key))] = unquote(value);
  const body = unquote(message);
  const conn = attributes["tidb.conn"];
  if (conn !== undefined) {
    const told =
      body === "GENERAL_LOG"
        ? parseUserAtAddress(attributes["tidb.user"] ?? "")
        : parseConnInfo(attributes["tidb.connInfo"] ?? "");
    if (told !== undefined) sessions.set(conn, { user: told.user, address: told.address });
    const session = sessions.get(conn);
    if (session !== undefined) {
      attributes["user.name"] = session.user;
      if (session.address !== undefined) attributes["client.address"] = session.address;
    }
  }
  attributes["log.file.path"] = input;
  const date = new Date(time.replaceAll("/", "-").replace(" ", "T").replace(" ", ""));
  const record = toSigmaRecord({ ...attributes, body, severity_text: level });
  for (const rule of rules) {
    if (rule.logsource.service === "slow" || !rule.matches(record)) continue;
    if (rule.alerts && rule.level !== "informational") alerts++;
    alerts += correlator.add({
      ruleId: rule.id,
      timeMs: date.getTime(),
      field: (name) => record.field(name),
      evidence: count,
    }).length;
  }
  const json = JSON.stringify({
    time: date.toISOString(),
    severity_text: level,
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
