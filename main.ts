import { codedMessage } from "#core/errors.ts";
import { parseArguments } from "#service/commands/arguments.ts";
import { COMMANDS } from "#service/commands/commands.ts";
import { helpText } from "#service/commands/help.ts";

/** Longer than it takes to write out what was printed. */
const LEAVE_BEHIND_MS = 500;

/** Runs one command line and leaves its exit code: 0, or 1 for every failure. Signals: the first stops, the second ends. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
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
      leaveBehind: () => void setTimeout(() => process.exit(), LEAVE_BEHIND_MS).unref(),
      onHangup: (listener) => process.on("SIGHUP", listener),
      env: (name) => process.env[name],
      out: process.stdout,
      err: process.stderr,
    });
  } catch (error) {
    process.stderr.write(`tidewatch: ${codedMessage(error)}\n`);
    process.exitCode = 1;
  }
}
