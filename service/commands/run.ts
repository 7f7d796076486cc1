import { systemClock } from "../clock.ts";
import { Service, STOP_TIMEOUT_MS } from "../service.ts";
import { createOwnLog } from "../telemetry/logger.ts";
import type { Command } from "./command.ts";
import { loadChecked } from "./load-checked.ts";

export const runCommand: Command = {
  summary: "run the pipelines until it is told to stop (the default command)",
  async run(options, host) {
    const { config } = loadChecked(options, host);
    const log = createOwnLog(config.service.telemetry.logs, host.err);
    const service = new Service(config, log, systemClock);
    try {
      await service.start(host.signal);
    } catch (error) {
      // Stopping while starting is no failure: what had started was stopped again.
      if (host.signal.aborted) return 0;
      throw error;
    }
    await new Promise<void>((resolve) => {
      if (host.signal.aborted) resolve();
      host.signal.addEventListener("abort", () => resolve());
      keepAlive(host.signal);
    });
    log.of(undefined).info({}, "stopping");
    await service.stop(AbortSignal.timeout(STOP_TIMEOUT_MS));
    await log.shutdown();
    return 0;
  },
};

/** A service that only waits (for signals, for files) has nothing else that keeps the process alive. */
function keepAlive(signal: AbortSignal): void {
  const timer = setInterval(() => {}, 2 ** 30);
  signal.addEventListener("abort", () => clearInterval(timer));
}
