/** 2026-11-23 09:00 +01:00; each record is a millisecond later, as no two of a real log begin alike for long. */
const FIRST_MS = Date.UTC(2026, 10, 23, 9);

/** A numbered record of TiDB's log: `n` numbers all records, `file` is the file it was first written to. */
export function tidbLine(n: number, file: number, more = ""): string {
  const time = new Date(FIRST_MS + n).toISOString();
  const stamp = `${time.slice(0, 10).replaceAll("-", "/")} ${time.slice(11, 23)} +01:00`;
  return `[${stamp}] [INFO] [a.go:1] ["größe"] [seg=${file}] [n=${n}]${more}\n`;
}
