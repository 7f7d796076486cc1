import type { Alert, AlertSeverity } from "#core/alert.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { timeText } from "#kit/time-text.ts";

const COLORS: Record<AlertSeverity, string> = {
  informational: "36",
  low: "36",
  medium: "33",
  high: "31",
  critical: "1;37;41",
};

/** An alert for the eye: what, who, from where, why, and the lines that say so. All of it safe to print. */
export function renderAlert(alert: Alert, evidenceLines: number, colors: boolean): string {
  const paint = (text: string, code: string): string => (colors ? `\u001b[${code}m${text}\u001b[0m` : text);
  const severity = paint(alert.severity.toUpperCase().padEnd(8), COLORS[alert.severity]);
  const lines = [`${severity} ${paint(terminalText(alert.title), "1")}  [${terminalText(alert.ruleName)}]`];
  const row = (name: string, text: string | undefined): void => {
    if (text !== undefined && text !== "") lines.push(`  ${paint(name.padEnd(9), "2")}${text}`);
  };
  const { user, clientAddress, database, connection, instance } = alert.entities;
  row("who", shown(user) ?? "unknown");
  row("from", shown(clientAddress) ?? "unknown");
  row("database", shown(database));
  row("session", shown(connection));
  row("instance", shown(instance));
  row("when", when(alert));
  row("what", terminalText(alert.reason, 400));
  const told = alert.evidence.length === 1 && alert.reason.startsWith(alert.evidence[0]?.excerpt.slice(0, 100) ?? "");
  for (const { timeUnixNano, excerpt } of told || evidenceLines === 0 ? [] : alert.evidence.slice(-evidenceLines)) {
    row("evidence", `${timeText(timeUnixNano)} ${terminalText(excerpt, 200)}`);
  }
  return `${lines.join("\n")}\n\n`;
}

function shown(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : terminalText(text, 100);
}

function when({ firstSeenUnixNano, lastSeenUnixNano }: Alert): string {
  const last = timeText(lastSeenUnixNano);
  return firstSeenUnixNano === lastSeenUnixNano ? last : `${timeText(firstSeenUnixNano)} to ${last}`;
}
