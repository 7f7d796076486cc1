import type { Meter } from "@opentelemetry/api";
import { systemClock } from "#service/clock.ts";
import { telemetryConfig } from "#service/config/telemetry-schema.ts";
import { OwnMetrics } from "#service/telemetry/metrics.ts";
import { recordingLogger } from "./fake-context.ts";

/** Series of a Prometheus text: name and labels as they stand there, to their value. */
export type Series = ReadonlyMap<string, number>;

export function parseSeries(text: string): Series {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** A real meter for a component under test, and what it says. */
export function readableMeter(): { readonly meter: Meter; readonly read: () => Promise<Series> } {
  const world = { clock: systemClock, log: recordingLogger().log };
  const metrics = new OwnMetrics(telemetryConfig.parse({ metrics: { level: "none" } }), world);
  return { meter: metrics.meter(), read: async () => parseSeries(await metrics.text()) };
}
