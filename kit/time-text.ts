/** An exact time as RFC 3339 in UTC: three digits for whole milliseconds, nine otherwise. */
export function timeText(unixNano: bigint): string {
  const ms = Number(unixNano / 1_000_000n);
  const ns = Number(unixNano % 1_000_000n);
  const text = new Date(ms).toISOString();
  return ns === 0 ? text : `${text.slice(0, -1)}${String(ns).padStart(6, "0")}Z`;
}
