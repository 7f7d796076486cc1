import type { ExporterFactory } from "#core/factory.ts";
import { debugExporter } from "./debug/index.ts";
import { fileExporter } from "./file/index.ts";
import { terminalExporter } from "./terminal/index.ts";

export const exporters: readonly ExporterFactory[] = [debugExporter, fileExporter, terminalExporter];
