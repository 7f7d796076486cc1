import { parseArgs, type ParseArgsConfig } from "node:util";
import { errorMessage } from "#core/errors.ts";
import { nearestName } from "#core/nearest-name.ts";
import type { CommandOptions } from "./command.ts";
import { COMMANDS, type CommandName } from "./commands.ts";

const OPTIONS = {
  config: { type: "string", multiple: true, short: "c" },
  set: { type: "string", multiple: true },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
  json: { type: "boolean" },
  by: { type: "string" },
  limit: { type: "string" },
  since: { type: "string" },
  strict: { type: "boolean" },
  mode: { type: "string" },
  watch: { type: "boolean", short: "w" },
  all: { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

export interface ParsedArguments {
  readonly command: CommandName;
  readonly options: CommandOptions;
}

/** Reads a command line; an error is a sentence for the user. */
export function parseArguments(argv: readonly string[]): ParsedArguments | { readonly error: string } {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return { error: optionError(argv, errorMessage(error)) };
  }
  const { values, positionals } = parsed;
  const [word = values.version ? "version" : "run", ...rest] = positionals;
  if (!isCommand(word)) {
    const suggestion = nearestName(word, Object.keys(COMMANDS));
    return {
      error: `unknown command "${word}"${suggestion === undefined ? "" : `; did you mean "${suggestion}"?`} (--help lists all)`,
    };
  }
  if (values.mode !== undefined && values.mode !== "redacted" && values.mode !== "unredacted") {
    return { error: `--mode is redacted or unredacted, not "${values.mode}"` };
  }
  return {
    command: word,
    options: {
      config: values.config ?? [],
      set: values.set ?? [],
      positionals: rest,
      help: values.help ?? false,
      json: values.json ?? false,
      by: values.by,
      limit: values.limit,
      since: values.since,
      strict: values.strict ?? false,
      watch: values.watch ?? false,
      all: values.all ?? false,
      mode: values.mode ?? "redacted",
    },
  };
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function optionError(argv: readonly string[], message: string): string {
  const unknown = argv.find(
    (word) => word.startsWith("--") && !Object.hasOwn(OPTIONS, word.slice(2).split("=")[0] ?? ""),
  );
  if (unknown === undefined) return message;
  const name = unknown.slice(2).split("=")[0] ?? "";
  const suggestion = nearestName(name, Object.keys(OPTIONS));
  return `unknown option "--${name}"${suggestion === undefined ? "" : `; did you mean "--${suggestion}"?`} (--help lists all)`;
}
