import type { TidewatchError } from "#core/errors.ts";
import { systemClock } from "../clock.ts";
import { configFiles } from "../config/load.ts";
import { Service, STOP_TIMEOUT_MS } from "../service.ts";
import { createOwnLog } from "../telemetry/logger.ts";
import type { Command } from "./command.ts";
import { loadChecked } from "./load-checked.ts";
import { fileStates, Reloader, watchFiles } from "./reload.ts";

export const runCommand: Command = {
  summary: "run the pipelines until it is told to stop (the default command)",
  async run(options, host) {
    // From the first moment on: a request that nobody listens to ends the process.
    let reload = (): void => void (early = true);
    let early = false;
    host.onHangup(() => reload());
    const files = configFiles(options.config);
    const seen = await fileStates(files);
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
    const ended = Promise.withResolvers<TidewatchError | undefined>();
    const reloader = new Reloader({
      service,
      log: log.of(undefined),
      load: () => loadChecked(options, host).config,
      onLost: ended.resolve,
    });
    reload = () => reloader.request();
    if (early) reload();
    const ending = new AbortController();
    if (options.watch) {
      void watchFiles(files, seen, systemClock, ending.signal, () => reloader.request());
    }
    if (host.signal.aborted) ended.resolve(undefined);
    host.signal.addEventListener("abort", () => ended.resolve(undefined));
    // A service that only waits (for signals, for files) has nothing else that keeps the process alive.
    const alive = setInterval(() => {}, 2 ** 30);
    const lost = await ended.promise;
    clearInterval(alive);
    ending.abort();
    await reloader.idle();
    log.of(undefined).info({}, "stopping");
    await service.stop(AbortSignal.timeout(STOP_TIMEOUT_MS));
    await log.shutdown();
    if (lost !== undefined) throw lost;
    return 0;
  },
};
