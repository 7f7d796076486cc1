import { MONTHS, type TimePiece, WEEKDAYS } from "./time-format.ts";
import { timeParts, unixSeconds } from "./time-parts.ts";
import { zoneOffsetSeconds } from "./time-zone.ts";
import { Time } from "./value.ts";

/** What was read so far. */
interface Reading {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean | undefined;
  offsetSeconds: number | undefined;
}

/** What a format does not say. */
export interface TimeDefaults {
  /** Name of the zone in which the text is meant. */
  readonly zone: string;
  readonly nowUnixNano: bigint;
}

/** The time that a text tells by a format; undefined when it does not fit. */
export function parseTime(text: string, pieces: readonly TimePiece[], defaults: TimeDefaults): Time | undefined {
  const reading: Reading = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: undefined,
    offsetSeconds: undefined,
  };
  let at = 0;
  for (const piece of pieces) {
    const taken = "text" in piece ? literal(text, at, piece.text) : readField(piece.field, text, at, reading);
    if (taken < 0) return undefined;
    at += taken;
  }
  if (at !== text.length) return undefined;
  const tellsYear = pieces.some((piece) => "field" in piece && (piece.field === "Y" || piece.field === "y"));
  return tellsYear ? toTime(reading, defaults.zone) : inThisYear(reading, defaults);
}

const WEEK_NANOS = 604_800_000_000_000n;

/** A date without a year (syslog) is this year's, or last year's when that would be more than a week from now. */
function inThisYear(reading: Reading, { zone, nowUnixNano }: TimeDefaults): Time | undefined {
  const { year } = timeParts(new Time(nowUnixNano));
  const time = toTime({ ...reading, year }, zone);
  const isFuture = time !== undefined && time.unixNano > nowUnixNano + WEEK_NANOS;
  return isFuture ? toTime({ ...reading, year: year - 1 }, zone) : time;
}

function literal(text: string, at: number, wanted: string): number {
  return text.startsWith(wanted, at) ? wanted.length : -1;
}

function toTime(reading: Reading, zone: string): Time | undefined {
  const { year, month, day, minute, second, nanosecond, afternoon } = reading;
  let { hour } = reading;
  if (afternoon !== undefined) {
    if (hour > 12) return undefined;
    hour = (hour % 12) + (afternoon ? 12 : 0);
  }
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const local = unixSeconds(year, month, day, hour, minute, second);
  if (local === undefined) return undefined;
  const offset = reading.offsetSeconds ?? zoneOffsetSeconds(zone, local);
  return new Time(BigInt(local - offset) * 1_000_000_000n + BigInt(nanosecond), offset);
}

/** Reads one field and tells how many UTF-16 units it took; -1 when it is not there. */
function readField(field: string, text: string, at: number, reading: Reading): number {
  const number = (min: number, max: number, put: (value: number) => void): number => {
    const width = digits(text, at, max);
    if (width < min) return -1;
    put(Number(text.slice(at, at + width)));
    return width;
  };
  const fraction = (width: number): number =>
    number(width, width, (value) => {
      reading.nanosecond = value * 10 ** (9 - width);
    });
  switch (field) {
    case "Y":
      return number(4, 4, (value) => (reading.year = value));
    case "y":
      // As Go: 69–99 are 1969–1999.
      return number(2, 2, (value) => (reading.year = value + (value >= 69 ? 1900 : 2000)));
    case "m":
    case "q":
      return number(field === "m" ? 2 : 1, 2, (value) => (reading.month = value));
    case "o":
      return padded(text, at, (value) => (reading.month = value));
    case "d":
    case "g":
      return number(field === "d" ? 2 : 1, 2, (value) => (reading.day = value));
    case "e":
      return padded(text, at, (value) => (reading.day = value));
    case "H":
    case "I":
      return number(2, 2, (value) => (reading.hour = value));
    case "l":
      return number(1, 2, (value) => (reading.hour = value));
    case "M":
      return number(2, 2, (value) => (reading.minute = value));
    case "S":
      return number(2, 2, (value) => (reading.second = value));
    case "L":
      return fraction(3);
    case "f":
      return fraction(6);
    case "s":
      return fraction(9);
    case "b":
    case "h":
    case "B":
      return name(MONTHS, field === "B", text, at, (index) => (reading.month = index + 1));
    case "a":
    case "A":
      // A weekday says nothing that the date does not.
      return name(WEEKDAYS, field === "A", text, at, () => {});
    case "p":
    case "P":
      return name(["am", "pm"], true, text, at, (index) => (reading.afternoon = index === 1));
    case "Z":
      return zoneName(text, at, reading);
    default:
      return offset(field, text, at, reading);
  }
}

function digits(text: string, at: number, max: number): number {
  let width = 0;
  while (width < max && text.charCodeAt(at + width) >= 0x30 && text.charCodeAt(at + width) <= 0x39) width++;
  return width;
}

/** One or two digits, a single one with or without the blank before it. */
function padded(text: string, at: number, put: (value: number) => void): number {
  const blank = text[at] === " " ? 1 : 0;
  const width = digits(text, at + blank, 2 - blank);
  if (width === 0) return -1;
  put(Number(text.slice(at + blank, at + blank + width)));
  return blank + width;
}

function name(
  names: readonly string[],
  whole: boolean,
  text: string,
  at: number,
  put: (index: number) => void,
): number {
  for (const [index, known] of names.entries()) {
    const wanted = whole ? known : known.slice(0, 3);
    if (text.slice(at, at + wanted.length).toLowerCase() !== wanted.toLowerCase()) continue;
    put(index);
    return wanted.length;
  }
  return -1;
}

/** Only names that mean one offset everywhere: EST is a different hour in Sydney than in New York. */
function zoneName(text: string, at: number, reading: Reading): number {
  const known = ["UTC", "GMT", "Z"].find((zone) => text.startsWith(zone, at));
  if (known === undefined) return -1;
  reading.offsetSeconds = 0;
  return known.length;
}

/** `Z`, or a sign and hours, minutes, seconds as the directive wants them. */
function offset(field: string, text: string, at: number, reading: Reading): number {
  if (text[at] === "Z" && field !== "i") {
    reading.offsetSeconds = 0;
    return 1;
  }
  const sign = text[at] === "-" ? -1 : 1;
  if (text[at] !== "-" && text[at] !== "+") return -1;
  const between = field === "j" || field === "k" ? ":" : "";
  const units = field === "i" ? 1 : field === "k" || field === "w" ? 3 : 2;
  let to = at + 1;
  let seconds = 0;
  for (let unit = 0; unit < units; unit++) {
    if (unit > 0) {
      if (!text.startsWith(between, to)) return -1;
      to += between.length;
    }
    if (digits(text, to, 2) < 2) return -1;
    seconds += Number(text.slice(to, to + 2)) * ([3600, 60, 1][unit] as number);
    to += 2;
  }
  reading.offsetSeconds = sign * seconds;
  return to - at;
}
