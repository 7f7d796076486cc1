import type { Meter } from "@opentelemetry/api";
import type { StatusBoard } from "../status-board.ts";
import type { OwnLog } from "./logger.ts";

/** How every component fares. */
export function observeStatuses(meter: Meter, board: StatusBoard): void {
  meter
    .createObservableGauge("tidewatch_component_status", {
      description: "1 for each component, its status in a label.",
    })
    .addCallback((result) => {
      for (const [{ kind, id, pipeline }, { status }] of board.entries()) {
        const place = pipeline === undefined ? {} : { "otelcol.pipeline.id": pipeline };
        result.observe(1, { kind, component: id, ...place, status });
      }
    });
}

/** What of the own log did not arrive. */
export function observeLostLog(meter: Meter, log: OwnLog): void {
  meter
    .createObservableCounter("tidewatch_own_log_lost_records", {
      description: "Records of the own log that did not reach the receiver of service::telemetry::logs, by reason.",
    })
    .addCallback((result) => {
      const { queueFull, sendFailed } = log.lost();
      result.observe(queueFull, { reason: "queue_full" });
      result.observe(sendFailed, { reason: "send_failed" });
    });
}
