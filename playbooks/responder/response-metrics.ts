import type { BatchObservableCallback, Counter, Meter } from "@opentelemetry/api";
import type { Store } from "#store/connect-store.ts";
import { openWork } from "#store/open-work.ts";

/** Tells what the response has not ended yet, asked of the store each time: several responders say the same. */
export function observeOpenWork(meter: Meter, store: Store): void {
  const runs = meter.createObservableGauge("tidewatch_response_open_runs", {
    description: "Runs of playbooks that have not ended, by state; of the store, not of one responder.",
  });
  const effects = meter.createObservableGauge("tidewatch_response_effects", {
    description: "Effects that stand, by action and state; of the store, not of one responder.",
  });
  let asking = false;
  const observe: BatchObservableCallback = async (result) => {
    // A store that hangs must not take a connection with each question.
    if (asking) return;
    asking = true;
    try {
      for (const { kind, state, action, count } of await openWork(store)) {
        if (kind === "run") result.observe(runs, count, { state });
        else result.observe(effects, count, { action, state });
      }
    } catch {
      // The store is away: its own component says so, and the series are missing.
    } finally {
      asking = false;
    }
  };
  meter.addBatchObservableCallback(observe, [runs, effects]);
}

export function endedStepCounter(meter: Meter): Counter {
  return meter.createCounter("tidewatch_response_steps", {
    description: "Steps of playbooks that this responder has ended, by action and outcome.",
  });
}
