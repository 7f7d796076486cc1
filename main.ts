import { codedMessage } from "#core/errors.ts";
import { parseArguments } from "#service/commands/arguments.ts";
import { COMMANDS } from "#service/commands/commands.ts";
import { helpText } from "#service/commands/help.ts";

/** Time for what is still open to end by itself when all is stopped. */
const LINGER_MS = 200;

/** Runs one command line and leaves its exit code: 0, or 1 for every failure. Signals: the first stops, the second ends. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) end(1);
      stop.abort();
    });
  }
  const parsed = parseArguments(argv);
  if ("error" in parsed) {
    process.stderr.write(`tidewatch: ${parsed.error}\n`);
    process.exitCode = 1;
    return;
  }
  if (parsed.options.help) {
    process.stdout.write(helpText());
    return;
  }
  try {
    process.exitCode = await COMMANDS[parsed.command].run(parsed.options, {
      signal: stop.signal,
      onHangup: (listener) => process.on("SIGHUP", listener),
      env: (name) => process.env[name],
      out: process.stdout,
      err: process.stderr,
    });
  } catch (error) {
    process.stderr.write(`tidewatch: ${codedMessage(error)}\n`);
    process.exitCode = 1;
  }
  if (parsed.command === "run") endDespiteOfWhatHangs();
}

/** All is stopped and safe; what hangs in a sink that never answers must not keep the process. */
function endDespiteOfWhatHangs(): void {
  const linger = setTimeout(() => {
    process.stderr.write("tidewatch: something hangs and is left behind\n");
    end(Number(process.exitCode ?? 0));
  }, LINGER_MS);
  // Alone it keeps nothing: it runs only when something else does.
  linger.unref();
}

function end(code: number): never {
  // `process.exit` waits for threads that hang in the file system (a pipe that nobody reads, a server that is away). A
  // program that takes the place of this one does not, and leaves the exit code.
  const hangs = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
  if (hangs) process.execve?.(process.execPath, [process.execPath, "-e", `process.exitCode = ${code}`]);
  process.exit(code);
}
