import { parseDurationMs } from "#kit/schema-types.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { listAlerts, type StoredAlert } from "#store/alerts.ts";
import { systemClock } from "../clock.ts";
import type { Command, CommandOptions } from "./command.ts";
import { jsonLine } from "./json-line.ts";
import { limitOf } from "./list-limit.ts";
import { withStore } from "./open-store.ts";
import { usage } from "./usage.ts";

export const alertsCommand: Command = {
  summary: "list the alerts, the latest first",
  usage: "[--since 24h] [--limit N]",
  async run(options, host) {
    const range = { limit: limitOf("alerts", options), since: sinceOf(options) };
    return withStore(options, host, async (store) => {
      const alerts = await listAlerts(store, range);
      if (options.json) host.out.write(jsonLine(alerts));
      else host.out.write(alerts.length === 0 ? "no alerts\n" : alerts.map(alertLine).join(""));
      return 0;
    });
  },
};

function alertLine({ lastSeen, severity, ruleName, entities, count }: StoredAlert): string {
  const columns = [
    lastSeen.toISOString(),
    terminalText(severity, 20).toUpperCase().padEnd(13),
    terminalText(ruleName, 60).padEnd(28),
    shown(entities.user).padEnd(20),
    shown(entities.clientAddress).padEnd(15),
    count,
  ];
  return `${columns.join("  ")}\n`;
}

function shown(text: string | undefined): string {
  return text === undefined || text === "" ? "unknown" : terminalText(text, 60);
}

/** A span before now, or a time with its zone. */
function sinceOf({ since }: CommandOptions): Date | undefined {
  if (since === undefined) return undefined;
  const spanMs = parseDurationMs(since);
  const time = new Date(spanMs === undefined ? since : Math.max(0, systemClock.now() - spanMs));
  const isExact = spanMs !== undefined || /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(since);
  if (isExact && !Number.isNaN(time.getTime())) return time;
  throw usage("alerts --since 24h, or a time such as 2026-11-25T10:00:00Z,");
}
