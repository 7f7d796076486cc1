import assert from "node:assert/strict";
import { test } from "node:test";
import { sameSettings } from "../exchange.ts";
import { COMPONENT_LISTS } from "../component-lists.ts";
import { checkConfig } from "./check-config.ts";
import { loadConfig } from "./load.ts";
import { ConfigurationError } from "./placed-issue.ts";
import { redact } from "./redact.ts";
import { serviceConfig } from "./service-schema.ts";
import type { TelemetryConfig } from "./telemetry-schema.ts";

function telemetryOf(yaml: string): TelemetryConfig {
  const text = `
receivers: { file_log: { include: [x] } }
exporters: { debug: }
service:
  pipelines: { logs: { receivers: [file_log], exporters: [debug] } }
  telemetry:
${yaml}`;
  const { root } = loadConfig({ configs: ["env:CONFIG"], sets: [] }, () => text);
  return checkConfig(root, COMPONENT_LISTS).service.telemetry;
}

/** Everything that is said about a mistaken configuration. */
function mistakesIn(yaml: string): string {
  try {
    telemetryOf(yaml);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return "none";
}

const CASES: readonly (readonly [string, string, RegExp])[] = [
  [
    "gRPC",
    `    metrics: { readers: [{ periodic: { exporter: { otlp: { protocol: grpc, endpoint: "http://a:1" } } } }] }`,
    /^env:CONFIG:7:\d+: service::telemetry::metrics::readers::0::periodic::exporter::otlp::protocol: expected one of http\/protobuf, got "grpc"/,
  ],
  [
    "an exporter that is not supported",
    `    metrics: { readers: [{ periodic: { exporter: { otlp_grpc: {} } } }] }`,
    /exporter::otlp_grpc: unknown key "otlp_grpc"; valid keys: otlp, otlp_http/,
  ],
  [
    "a log processor for each record",
    `    logs: { processors: [{ simple: { exporter: { console: {} } } }] }`,
    /processors::0::simple: unknown key "simple"; valid keys: batch/,
  ],
  [
    "two exporters in one reader",
    `    metrics: { readers: [{ periodic: { exporter: { otlp: { protocol: http/protobuf }, otlp_http: {} } } }] }`,
    /periodic::exporter: expected one exporter/,
  ],
  ["a reader of no kind", `    metrics: { readers: [{}] }`, /readers::0: expected either pull or periodic/],
  ["no reader", `    metrics: { readers: [] }`, /metrics::readers/],
  [
    "address beside readers",
    `    metrics: { address: "localhost:1", readers: [{ pull: { exporter: { prometheus: { host: a, port: 1 } } } }] }`,
    /metrics::address: is the short form of readers: give one of the two/,
  ],
  [
    "an endpoint without a scheme",
    `    logs: { processors: [{ batch: { exporter: { otlp_http: { endpoint: "a:4318" } } } }] }`,
    /otlp_http::endpoint: expected a URL that begins with http/,
  ],
  [
    "suffixes of names",
    `    metrics: { readers: [{ pull: { exporter: { prometheus: { host: a, port: 1, without_type_suffix: false } } } }] }`,
    /without_type_suffix: expected one of true, got false/,
  ],
  [
    "an interval of nothing",
    `    metrics: { readers: [{ periodic: { interval: 0, exporter: { otlp_http: {} } } }] }`,
    /periodic::interval/,
  ],
  ["a resource attribute that is a list", `    resource: { a: [1] }`, /telemetry::resource/],
  ["a wrong word in the resource's declarative form", `    resource: { attributes: [{ nam: a, value: b }] }`, /nam/],
];

for (const [what, yaml, expected] of CASES) {
  test(`${what} is refused with its place`, () => {
    assert.match(mistakesIn(yaml), expected);
  });
}

test("both forms of the declarative configuration, and durations in place of milliseconds, are taken", () => {
  const { logs, metrics, resource } = telemetryOf(`
    logs:
      processors:
        - batch:
            schedule_delay: 500
            exporter:
              otlp:
                protocol: http/protobuf
                endpoint: https://telemetry.example:4318
                headers: [{ name: authorization, value: a }, { name: x, value: null }]
                client_certificate: c.pem
                client_key: k.pem
    metrics:
      readers:
        - periodic:
            interval: 10s
            exporter: { otlp_http: { encoding: protobuf, headers: { authorization: b }, tls: { ca_file: ca.pem } } }
        - pull: { exporter: { prometheus/development: { host: "::1", port: 8888 } } }
    resource: { attributes: [{ name: deployment.environment.name, value: production, type: string }] }`);
  assert.equal(logs.processors[0]?.batch.schedule_delay, 500);
  assert.equal(metrics.readers?.[0]?.periodic?.interval, 10_000);
  assert.equal(metrics.readers?.[1]?.pull?.exporter["prometheus/development"]?.port, 8888);
  assert.deepEqual(resource, {
    attributes: [{ name: "deployment.environment.name", value: "production", type: "string" }],
  });
});

test("headers count as secrets in either form", () => {
  const exporterWith = (headers: unknown) => ({
    telemetry: { logs: { processors: [{ batch: { exporter: { otlp_http: { headers, compression: "gzip" } } } }] } },
  });
  for (const headers of [[{ name: "authorization", value: "hunter2" }], { authorization: "hunter2" }]) {
    const shown = JSON.stringify(redact(serviceConfig, exporterWith(headers)));
    assert.doesNotMatch(shown, /hunter2/);
    assert.match(shown, /authorization.*\[REDACTED\].*gzip/);
  }
  const parsed = (token: string) => serviceConfig.parse(exporterWith({ authorization: token })).telemetry;
  assert.doesNotMatch(JSON.stringify(parsed("hunter2")), /hunter2/);
  assert.ok(sameSettings(parsed("hunter2"), parsed("hunter2")));
  assert.ok(!sameSettings(parsed("hunter2"), parsed("hunter3")), "a new token is a change");
});
