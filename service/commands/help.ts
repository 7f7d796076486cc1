import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** What `--help` prints. */
export function helpText(): string {
  const commands = Object.entries<Command>(COMMANDS).map(([name, { usage, summary }]) => {
    const call = usage === undefined ? name : `${name} ${usage}`;
    return `  ${call.padEnd(28)} ${summary}`;
  });
  return `Tidewatch watches a TiDB cluster for attackers and answers them.

Usage: tidewatch [command] [--config FILE]... [--set KEY=VALUE]...

Commands:
${commands.join("\n")}

Options:
  -c, --config FILE            configuration; given again, later files are merged over earlier ones
                               (also file:PATH, env:NAME, yaml:a::b: value)
  --set a.b.c=VALUE            one setting, over all files
  --json                       machine-readable output
  --by NAME                    who decides (approve, deny, undo)
  --limit N                    list at most so many (alerts, runs; default 50)
  --since 24h|TIME             list only what was seen since (alerts; a span, or a time such as 2026-11-25T10:00:00Z)
  --strict                     refuse to start when a rule cannot be loaded
  -w, --watch                  put a changed configuration to work while running; SIGHUP does it once
  --all                        all dead letters (dlq show, replay, purge)
  --mode redacted|unredacted   whether print-config hides secrets
  -h, --help                   this text
  -v, --version                the version

Exit codes: 0 done, 1 failed.
`;
}
