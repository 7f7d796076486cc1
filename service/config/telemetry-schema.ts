import * as z from "zod";
import { endpoint } from "#kit/schema-types.ts";
import { milliseconds, ownLogExporter, ownMetricExporter } from "./own-otlp-schema.ts";
import { resourceConfig } from "./resource-schema.ts";

const batch = z
  .strictObject({
    schedule_delay: milliseconds().default(1000).describe("Longest wait for more records before they are sent."),
    export_timeout: milliseconds().default(30_000).describe("Time after which a batch is given up."),
    max_queue_size: z.int().min(1).max(100_000).default(2048).describe("Most records that wait; more are dropped."),
    max_export_batch_size: z.int().min(1).default(512).describe("Most records in one request."),
    exporter: ownLogExporter,
  })
  .refine(({ max_queue_size, max_export_batch_size }) => max_export_batch_size <= max_queue_size, {
    path: ["max_export_batch_size"],
    message: "must not be more than max_queue_size",
  })
  .describe("Sends records together.");

const logs = z
  .strictObject({
    level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Least severity that is logged."),
    encoding: z.enum(["console", "json"]).default("console").describe("Form of the lines on standard error."),
    processors: z
      .array(z.strictObject({ batch }))
      .max(8)
      .default([])
      .describe("Where the own log is sent besides standard error."),
  })
  .prefault({})
  .describe("Tidewatch's own log.");

const names = z.array(z.string().min(1));

const prometheus = z
  .strictObject({
    host: z.string().min(1).describe("Name or address to listen on."),
    port: z.int().min(0).max(65_535).describe("Port to listen on; 0 = any free one."),
    with_resource_constant_labels: z
      .strictObject({
        included: names.default([]).describe("Attributes to take; none named: all."),
        excluded: names.default([]).describe("Attributes to leave out."),
      })
      .optional()
      .describe("Attributes of the resource that every series gets as labels; without it only `target_info` has them."),
    without_type_suffix: z.literal(true).default(true).describe("Names never get `_total`."),
    without_units: z.literal(true).default(true).describe("Names never get a unit."),
    without_scope_info: z.literal(true).default(true).describe("There is one scope."),
    translation_strategy: z
      .literal("UnderscoreEscapingWithoutSuffixes")
      .default("UnderscoreEscapingWithoutSuffixes")
      .describe("How names are made to fit Prometheus."),
  })
  .describe("A page `/metrics` in the Prometheus text format.");

const pull = z
  .strictObject({
    exporter: z
      .strictObject({ prometheus: prometheus.optional(), "prometheus/development": prometheus.optional() })
      .refine(
        (exporter) => (exporter.prometheus === undefined) !== (exporter["prometheus/development"] === undefined),
        {
          message: "expected one exporter: prometheus",
        },
      )
      .describe("What serves them."),
  })
  .describe("Metrics for somebody who asks for them.");

const periodic = z
  .strictObject({
    interval: milliseconds().default(60_000).describe("Time between two times that they are sent."),
    timeout: milliseconds().default(30_000).describe("Time for one; never more than the interval."),
    exporter: ownMetricExporter,
  })
  .describe("Metrics sent at intervals.");

const reader = z
  .strictObject({ pull: pull.optional(), periodic: periodic.optional() })
  .refine((one) => (one.pull === undefined) !== (one.periodic === undefined), {
    message: "expected either pull or periodic",
  });

const metrics = z
  .strictObject({
    level: z
      .enum(["none", "basic", "normal", "detailed"])
      .default("normal")
      .describe("`none`: neither served nor sent. The others are alike."),
    address: endpoint()
      .optional()
      .describe("Short form of one `pull` reader: where `/metrics` is served. Default localhost:8888."),
    readers: z.array(reader).min(1).max(8).optional().describe("Who gets the metrics; in place of `address`."),
  })
  .refine(({ address, readers }) => address === undefined || readers === undefined, {
    path: ["address"],
    message: "is the short form of readers: give one of the two",
  })
  .prefault({})
  .describe("Tidewatch's own metrics.");

/** `service::telemetry`: the collector's form. Source: its otelconftelemetry package; OpenTelemetry configuration 0.3 and 1.0. */
export const telemetryConfig = z
  .strictObject({ logs, metrics, resource: resourceConfig })
  .prefault({})
  .describe("Tidewatch's own log and metrics.");

export type TelemetryConfig = z.output<typeof telemetryConfig>;
export type OwnLogConfig = z.output<typeof logs>;
export type OwnMetricsConfig = z.output<typeof metrics>;
