import type { ExporterFactory } from "#core/factory.ts";
import { playbooksExporter } from "../playbooks/exporter/index.ts";
import { alertsExporter } from "./alerts/index.ts";
import { debugExporter } from "./debug/index.ts";
import { elasticsearchExporter } from "./elasticsearch/index.ts";
import { fileExporter } from "./file/index.ts";
import { kafkaExporter } from "./kafka/index.ts";
import { otlpHttpExporter } from "./otlp_http/index.ts";
import { terminalExporter } from "./terminal/index.ts";

export const exporters: readonly ExporterFactory[] = [
  debugExporter,
  fileExporter,
  kafkaExporter,
  otlpHttpExporter,
  elasticsearchExporter,
  terminalExporter,
  alertsExporter,
  playbooksExporter,
];
