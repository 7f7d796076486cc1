import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface TidewatchProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once the text has been printed so many times, both streams together. @throws when the process ends before. */
  printed(text: string, times?: number): Promise<void>;
  /** Sends a signal and waits for the end; returns the exit code, or the signal's name. */
  stop(signal: NodeJS.Signals): Promise<number | string>;
  /** Waits for the end without doing anything. */
  ended(): Promise<number | string>;
}

const BIN = fileURLToPath(new URL("../../bin/tidewatch.mjs", import.meta.url));

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real tidewatch process. */
export function startTidewatch(args: readonly string[], options: Options = {}): TidewatchProcess {
  return startProgram(BIN, args, options);
}

/** Another program that is watched in the same way. */
export function startProgram(path: string, args: readonly string[], options: Options = {}): TidewatchProcess {
  const child = spawn(process.execPath, [path, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  const exit = once(child, "close").then(([code, signal]: unknown[]) => (code ?? signal) as number | string);
  void exit.then(() => {
    for (const wake of watchers) wake();
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const wake of watchers) wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const wake of watchers) wake();
  });
  const stop = async (signal: NodeJS.Signals): Promise<number | string> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exit;
  };
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    stop,
    ended: () => exit,
    async printed(text, times = 1) {
      while (stdout.split(text).length + stderr.split(text).length - 2 < times) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`tidewatch ended before it printed "${text}":\n${stdout}\n${stderr}`);
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        watchers.add(resolve);
        await promise;
        watchers.delete(resolve);
      }
    },
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}

/** One command, from its words to its end. */
export async function runTidewatch(...args: string[]): Promise<{ code: number | string; out: string; err: string }> {
  const process = startTidewatch(args);
  const code = await process.ended();
  return { code, out: process.stdout(), err: process.stderr() };
}
