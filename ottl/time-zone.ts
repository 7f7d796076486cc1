const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether an IANA name such as `America/New_York` is known. */
export function isKnownZone(name: string): boolean {
  return formatOf(name) !== undefined;
}

/** Seconds east of UTC that a zone's clocks show when they say `localSeconds` (counted as if they were UTC). */
export function zoneOffsetSeconds(zone: string, localSeconds: number): number {
  if (zone === "UTC") return 0;
  const guess = offsetAt(zone, localSeconds);
  // Near a change of clocks the guess was made on its wrong side.
  return offsetAt(zone, localSeconds - guess);
}

function offsetAt(zone: string, unixSeconds: number): number {
  const format = formatOf(zone);
  if (format === undefined) return 0;
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(unixSeconds * 1000)) part[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - unixSeconds;
}

/** Names come from statements, so there are few. */
function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
    return format;
  } catch {
    return undefined;
  }
}
