import type { TidewatchError } from "#core/errors.ts";
import { systemClock } from "../clock.ts";
import { configFiles } from "../config/load.ts";
import { Service, STOP_TIMEOUT_MS } from "../service.ts";
import type { PreparedConfig } from "../config/check-config.ts";
import { createOwnLog, type OwnLog } from "../telemetry/logger.ts";
import type { Command, CommandHost, CommandOptions } from "./command.ts";
import { loadChecked } from "./load-checked.ts";
import { fileStates, Reloader, watchFiles } from "./reload.ts";

/** Time that the own log has at the end to be sent. */
const LAST_LOG_MS = 1000;

export const runCommand: Command = {
  summary: "run the pipelines until it is told to stop (the default command)",
  async run(options, host) {
    // From the first moment on: a process without a listener dies of this signal.
    const hangups = new Hangups();
    host.onHangup(() => hangups.came());
    const files = configFiles(options.config);
    const seen = await fileStates(files);
    const { config } = loadChecked(options, host);
    const log = createOwnLog(config.service.telemetry.logs, host.err);
    await log.connect(config.service.telemetry);
    try {
      return await runService({ files, seen, config, log, hangups }, options, host);
    } finally {
      await log.shutdown(AbortSignal.timeout(LAST_LOG_MS));
    }
  },
};

/** Requests for a reload; one that came too early is kept until somebody can serve it. */
class Hangups {
  #early = false;
  #serve = (): void => void (this.#early = true);

  came(): void {
    this.#serve();
  }

  serveWith(serve: () => void): void {
    this.#serve = serve;
    if (this.#early) serve();
  }
}

interface Beginning {
  readonly files: readonly string[];
  /** States of the files before they were read. */
  readonly seen: string;
  readonly config: PreparedConfig;
  readonly log: OwnLog;
  readonly hangups: Hangups;
}

async function runService(
  { files, seen, config, log, hangups }: Beginning,
  options: CommandOptions,
  host: CommandHost,
): Promise<number> {
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
  hangups.serveWith(() => reloader.request());
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
  if (lost !== undefined) throw lost;
  return 0;
}
