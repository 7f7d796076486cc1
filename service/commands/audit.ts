import { terminalText } from "#kit/terminal-text.ts";
import { type AuditEntry, loadAuditEntry, verifyAudit } from "#store/audit.ts";
import type { Command } from "./command.ts";
import { jsonLine } from "./json-line.ts";
import { withStore } from "./open-store.ts";
import { usage } from "./usage.ts";

export const auditCommand: Command = {
  summary: "recompute the audit chain: whether anything in it was changed, added or taken out",
  usage: "verify",
  async run(options, host) {
    const [verb] = options.positionals;
    if (verb !== "verify") throw usage("audit verify");
    return withStore(options, host, async (store) => {
      const verdict = await verifyAudit(store);
      if (!verdict.ok) {
        const { seq, reason } = verdict;
        host.out.write(options.json ? jsonLine(verdict) : `the audit chain is broken at entry ${seq}: ${reason}\n`);
        return 1;
      }
      const [first, last] = [await loadAuditEntry(store, 1), await loadAuditEntry(store, verdict.rows)];
      if (options.json) host.out.write(jsonLine({ ...verdict, first, last }));
      else
        host.out.write(
          `the audit chain is whole: ${entries(verdict.rows)}\n${row("first", first)}${row("last", last)}`,
        );
      return 0;
    });
  },
};

function entries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}

function row(name: string, entry: AuditEntry | undefined): string {
  if (entry === undefined) return "";
  const { seq, at, event, actor } = entry;
  return `  ${name.padEnd(5)}  ${terminalText(`${seq}  ${at}  ${event} by ${actor}`, 200)}\n`;
}
