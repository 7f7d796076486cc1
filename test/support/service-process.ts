import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const STOP_DEADLINE_MS = 10_000;
const PROBE_INTERVAL_MS = 25;
const PROBE_DEADLINE_MS = 5000;
const TAIL_CHARACTERS = 4000;

export interface ServiceOptions {
  /** For messages. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Files where the service writes its own log; their tails are shown when a start fails. */
  readonly logFiles?: readonly string[];
  /**
   * Asks the service something that only our child, with process id `pid`, can know. Throws while there is no answer
   * yet; gives up when `signal` aborts.
   */
  probe(signal: AbortSignal, pid: number): Promise<void>;
  /** Default 60 s: a JVM on a busy machine. */
  readonly startDeadlineMs?: number;
}

/** A real service as our child process, ready. */
export interface ServiceProcess extends AsyncDisposable {
  readonly pid: number;
  /** SIGTERM, and SIGKILL after 10 s. Safe twice. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
}

/** Starts a child and waits until it answers. @throws with the tail of its logs when it dies or is not ready in time. */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const [program, ...args] = options.command;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.env } });
  const output = collectOutput(child);
  const running: Running = { child, exited: once(child, "exit") };
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.on("exit", killWithUs);
  running.exited.then(
    () => process.off("exit", killWithUs),
    () => process.off("exit", killWithUs), // it could not be spawned
  );
  try {
    await untilReady(running, options);
  } catch (error) {
    await end(running, "SIGKILL");
    const tails = await Promise.all((options.logFiles ?? []).map(tail));
    throw new Error([`${options.name} did not start`, output(), ...tails].join("\n"), { cause: error });
  }
  const stop = (): Promise<void> => end(running, "SIGTERM");
  return { pid: child.pid as number, stop, kill: () => end(running, "SIGKILL"), [Symbol.asyncDispose]: stop };
}

interface Running {
  readonly child: ChildProcess;
  /** Rejects when the program could not be started at all. */
  readonly exited: Promise<unknown>;
}

async function untilReady({ child, exited }: Running, options: ServiceOptions): Promise<void> {
  const deadline = AbortSignal.timeout(options.startDeadlineMs ?? 60_000);
  const died = exited.then(() => {
    throw new Error(`exited with ${child.exitCode ?? child.signalCode}`);
  });
  for (;;) {
    try {
      const patience = AbortSignal.any([deadline, AbortSignal.timeout(PROBE_DEADLINE_MS)]);
      await Promise.race([options.probe(patience, child.pid ?? 0), died]);
      if (isAlive(child)) return;
    } catch (error) {
      if (!isAlive(child) || deadline.aborted) throw error;
    }
    await Promise.race([setTimeout(PROBE_INTERVAL_MS), died]);
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end({ child, exited }: Running, signal: NodeJS.Signals): Promise<void> {
  if (!isAlive(child)) return;
  const giveUp = new AbortController();
  child.kill(signal);
  const late = setTimeout(STOP_DEADLINE_MS, undefined, { signal: giveUp.signal }).then(
    () => child.kill("SIGKILL"),
    () => false, // it ended in time
  );
  await exited;
  giveUp.abort();
  await late;
}

/** The last characters of both output streams. */
function collectOutput(child: ChildProcess): () => string {
  let text = "";
  const keep = (chunk: string): void => {
    text = (text + chunk).slice(-TAIL_CHARACTERS);
  };
  child.stdout?.setEncoding("utf8").on("data", keep);
  child.stderr?.setEncoding("utf8").on("data", keep);
  return () => text;
}

async function tail(path: string): Promise<string> {
  try {
    return `${path}:\n${(await readFile(path, "utf8")).slice(-TAIL_CHARACTERS)}`;
  } catch {
    return `${path}: not written`;
  }
}
