import { systemClock } from "#service/clock.ts";
import { COMPONENT_LISTS } from "#service/component-lists.ts";
import { checkConfig } from "#service/config/check-config.ts";
import { loadConfig } from "#service/config/load.ts";
import { Service } from "#service/service.ts";
import { createOwnLog } from "#service/telemetry/logger.ts";
import { OBSERVED_TIME, startMeter } from "./measure.ts";

const [input = "", output = "", rules = "", lines = "0", queued] = process.argv.slice(2);
const queue = queued === "queued" ? ", sending_queue: { storage: file_storage }" : "";

const config = `
receivers: { file_log: { include: ["${input}"], start_at: beginning } }
processors: { tidb: , session: , detect: { rules: ["${rules}"] } }
extensions: { file_storage: { directory: "${output}.storage" } }
exporters: { file: { path: "${output}", fsync: never${queue} }, file/alerts: { path: "${output}.alerts", fsync: never } }
service:
  extensions: [file_storage]
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines:
    logs: { receivers: [file_log], processors: [tidb, session, detect], exporters: [file] }
    logs/alerts: { receivers: [detect], exporters: [file/alerts] }
`;
const { root } = loadConfig({ configs: ["env:CONFIG"], sets: [] }, () => config);
const checked = checkConfig(root, COMPONENT_LISTS);
const observedUnixNano = BigInt(Date.parse(OBSERVED_TIME)) * 1_000_000n;
const clock = { ...systemClock, nowUnixNano: () => observedUnixNano };
const service = new Service(checked, createOwnLog(checked.service.telemetry.logs), clock);

/** A counter's value in the own metrics, all its series together. */
async function counted(name: string): Promise<number> {
  const text = await service.metricsText();
  return text
    .split("\n")
    .reduce((sum, line) => (line.startsWith(`${name}{`) ? sum + Number(line.split(" ").at(-1)) : sum), 0);
}

const stop = startMeter();
await service.start(new AbortController().signal);
while ((await counted("otelcol_exporter_sent_log_records")) < Number(lines))
  await systemClock.sleep(20, new AbortController().signal);
const figures = stop(Number(lines), await counted("tidewatch_detect_alerts"));
await service.stop(AbortSignal.timeout(5000));
process.stdout.write(`${JSON.stringify(figures)}\n`);
