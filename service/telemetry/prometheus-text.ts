import type { Attributes } from "@opentelemetry/api";
import { type Histogram, type MetricData, DataPointType, type ResourceMetrics } from "@opentelemetry/sdk-metrics";

/** Attributes of the resource that become labels of every series: all when none is included. */
export interface LabelChoice {
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

/**
 * Metrics in the Prometheus text format 0.0.4, with the names as they are (no unit or type suffix, like the collector).
 * `target_info` has the attributes of the resource. Source: OpenTelemetry specification, Prometheus compatibility.
 */
export function toPrometheusText({ resource, scopeMetrics }: ResourceMetrics, choice?: LabelChoice): string {
  const lines = [
    "# HELP target_info Attributes of the process that the metrics are about.",
    "# TYPE target_info gauge",
    `target_info${labels(resource.attributes)} 1`,
  ];
  const constant = choice === undefined ? {} : chosen(resource.attributes, choice);
  for (const { metrics } of scopeMetrics) for (const metric of metrics) writeMetric(lines, metric, constant);
  return `${lines.join("\n")}\n`;
}

function chosen(attributes: Attributes, { included, excluded }: LabelChoice): Attributes {
  const wanted = (name: string): boolean =>
    (included.length === 0 || included.includes(name)) && !excluded.includes(name);
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

function writeMetric(lines: string[], metric: MetricData, constant: Attributes): void {
  const name = metricName(metric.descriptor.name);
  const withConstant = (attributes: Attributes): Attributes => ({ ...constant, ...attributes });
  if (metric.descriptor.description !== "")
    lines.push(`# HELP ${name} ${metric.descriptor.description.replaceAll("\\", "\\\\").replaceAll("\n", " ")}`);
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      lines.push(
        `# TYPE ${name} ${metric.dataPointType === DataPointType.SUM && metric.isMonotonic ? "counter" : "gauge"}`,
      );
      for (const point of metric.dataPoints)
        lines.push(`${name}${labels(withConstant(point.attributes))} ${point.value}`);
      break;
    case DataPointType.HISTOGRAM:
      lines.push(`# TYPE ${name} histogram`);
      for (const point of metric.dataPoints) writeHistogram(lines, name, withConstant(point.attributes), point.value);
      break;
    default:
      break;
  }
}

function writeHistogram(
  lines: string[],
  name: string,
  attributes: Attributes,
  { buckets, count, sum }: Histogram,
): void {
  let cumulative = 0;
  for (const [i, boundary] of buckets.boundaries.entries()) {
    cumulative += buckets.counts[i] ?? 0;
    lines.push(`${name}_bucket${labels({ ...attributes, le: String(boundary) })} ${cumulative}`);
  }
  lines.push(`${name}_bucket${labels({ ...attributes, le: "+Inf" })} ${count}`);
  lines.push(`${name}_sum${labels(attributes)} ${sum ?? 0}`, `${name}_count${labels(attributes)} ${count}`);
}

function metricName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_:]/g, "_");
}

function labels(attributes: Attributes): string {
  const parts = Object.entries(attributes).map(([key, value]) => `${metricName(key)}="${escapeLabel(String(value))}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
