import { MONTHS, type TimePiece, WEEKDAYS } from "./time-format.ts";
import { type TimeParts, timeParts } from "./time-parts.ts";
import type { Time } from "./value.ts";

/** A time as text, by the pieces of a format. */
export function formatTime(time: Time, pieces: readonly TimePiece[]): string {
  const parts = timeParts(time);
  return pieces
    .map((piece) => ("text" in piece ? piece.text : fieldText(piece.field, parts, time.offsetSeconds)))
    .join("");
}

function fieldText(field: string, parts: TimeParts, offsetSeconds: number): string {
  const { year, month, day, hour, minute, second, nanosecond } = parts;
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const pad = (value: number, width: number): string => String(value).padStart(width, "0");
  switch (field) {
    case "Y":
      return pad(year, 4);
    case "y":
      return pad(year % 100, 2);
    case "m":
      return pad(month, 2);
    case "o":
      return String(month).padStart(2, " ");
    case "q":
      return String(month);
    case "b":
    case "h":
      return (MONTHS[month - 1] as string).slice(0, 3);
    case "B":
      return MONTHS[month - 1] as string;
    case "d":
      return pad(day, 2);
    case "e":
      return String(day).padStart(2, " ");
    case "g":
      return String(day);
    case "a":
      return (WEEKDAYS[parts.weekday] as string).slice(0, 3);
    case "A":
      return WEEKDAYS[parts.weekday] as string;
    case "H":
      return pad(hour, 2);
    case "I":
      return pad(hour12, 2);
    case "l":
      return String(hour12);
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "P":
      return hour < 12 ? "am" : "pm";
    case "M":
      return pad(minute, 2);
    case "S":
      return pad(second, 2);
    case "L":
      return pad(Math.floor(nanosecond / 1e6), 3);
    case "f":
      return pad(Math.floor(nanosecond / 1e3), 6);
    case "s":
      return pad(nanosecond, 9);
    case "Z":
      return offsetSeconds === 0 ? "UTC" : offsetText(offsetSeconds, "", 2);
    case "z":
      return offsetText(offsetSeconds, "", 2);
    case "i":
      return offsetText(offsetSeconds, "", 1);
    case "j":
      return offsetText(offsetSeconds, ":", 2);
    case "k":
      return offsetText(offsetSeconds, ":", 3);
    default:
      return offsetText(offsetSeconds, "", 3);
  }
}

/** `+08`, `+0800`, `+08:00:00`: so many of hours, minutes and seconds. */
function offsetText(offsetSeconds: number, between: string, units: number): string {
  const size = Math.abs(offsetSeconds);
  const numbers = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].slice(0, units);
  return (offsetSeconds < 0 ? "-" : "+") + numbers.map((number) => String(number).padStart(2, "0")).join(between);
}
