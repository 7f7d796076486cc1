import { EvaluationError } from "../evaluation-error.ts";
import { converter } from "../function-definition.ts";
import { parseDuration } from "../parse-duration.ts";
import { compileTimeFormat } from "../time-format.ts";
import { formatTime } from "../format-time.ts";
import { parseTime } from "../parse-time.ts";
import { timeParts } from "../time-parts.ts";
import { isKnownZone } from "../time-zone.ts";
import { Duration, Time, type Value } from "../value.ts";

const isTime = (value: Value): value is Time => value instanceof Time;
const isDuration = (value: Value): value is Duration => value instanceof Duration;

const ofTime = (name: string, read: (time: Time) => bigint) =>
  converter(name, ["value"], (args) => {
    const value = args.typed("value", "time", isTime);
    return (frame) => read(value(frame));
  });

const ofDuration = (name: string, read: (duration: Duration) => Value) =>
  converter(name, ["value"], (args) => {
    const value = args.typed("value", "duration", isDuration);
    return (frame) => read(value(frame));
  });

/** Times and durations. What names no zone is UTC: the machine's own zone must not change what a statement does. */
export const TIME_CONVERTERS = [
  converter("Now", [], () => (frame) => new Time(frame.nowUnixNano())),
  converter("Time", ["target", "format", "location?"], (args) => {
    const target = args.string("target");
    const format = args.compiled("format", compileTimeFormat);
    const zone = args.has("location")
      ? args.compiled("location", (name) => (name === "" || isKnownZone(name) ? { name } : "is no known time zone"))
      : undefined;
    return (frame) => {
      const defaults = { zone: zone?.name || "UTC", nowUnixNano: frame.nowUnixNano() };
      const time = format === undefined ? undefined : parseTime(target(frame), format, defaults);
      if (time === undefined) throw new EvaluationError("Time: target does not follow the format");
      return time;
    };
  }),
  converter("FormatTime", ["time", "format"], (args) => {
    const time = args.typed("time", "time", isTime);
    const format = args.compiled("format", compileTimeFormat);
    return (frame) => formatTime(time(frame), format ?? []);
  }),
  converter("TruncateTime", ["time", "duration"], (args) => {
    const time = args.typed("time", "time", isTime);
    const duration = args.typed("duration", "duration", isDuration);
    return (frame) => {
      const { unixNano, offsetSeconds } = time(frame);
      const { nanos } = duration(frame);
      // Go counts from year 1, which is a whole number of weeks and days before 1970 but not of every duration.
      const sinceYearOne = unixNano + 62_135_596_800_000_000_000n;
      return nanos <= 0n
        ? new Time(unixNano, offsetSeconds)
        : new Time(unixNano - (sinceYearOne % nanos), offsetSeconds);
    };
  }),
  converter("Unix", ["seconds", "nanoseconds?"], (args) => {
    const seconds = args.int("seconds");
    const nanos = args.has("nanoseconds") ? args.int("nanoseconds") : () => 0n;
    return (frame) => new Time(seconds(frame) * 1_000_000_000n + nanos(frame));
  }),
  ofTime("UnixNano", ({ unixNano }) => BigInt.asIntN(64, unixNano)),
  ofTime("UnixMicro", ({ unixNano }) => floorDivide(unixNano, 1000n)),
  ofTime("UnixMilli", ({ unixNano }) => floorDivide(unixNano, 1_000_000n)),
  ofTime("UnixSeconds", ({ unixNano }) => floorDivide(unixNano, 1_000_000_000n)),
  ofTime("Year", (time) => BigInt(timeParts(time).year)),
  ofTime("Month", (time) => BigInt(timeParts(time).month)),
  ofTime("Day", (time) => BigInt(timeParts(time).day)),
  ofTime("Weekday", (time) => BigInt(timeParts(time).weekday)),
  ofTime("Hour", (time) => BigInt(timeParts(time).hour)),
  ofTime("Minute", (time) => BigInt(timeParts(time).minute)),
  ofTime("Second", (time) => BigInt(timeParts(time).second)),
  ofTime("Nanosecond", (time) => BigInt(timeParts(time).nanosecond)),
  converter("Duration", ["duration"], (args) => {
    const text = args.string("duration");
    return (frame) => {
      const nanos = parseDuration(text(frame));
      if (nanos === undefined) throw new EvaluationError("Duration: expected a duration such as 1h30m or 333ms");
      return new Duration(nanos);
    };
  }),
  ofDuration("Hours", ({ nanos }) => Number(nanos) / 3.6e12),
  ofDuration("Minutes", ({ nanos }) => Number(nanos) / 6e10),
  ofDuration("Seconds", ({ nanos }) => Number(nanos) / 1e9),
  ofDuration("Milliseconds", ({ nanos }) => nanos / 1_000_000n),
  ofDuration("Microseconds", ({ nanos }) => nanos / 1000n),
  ofDuration("Nanoseconds", ({ nanos }) => nanos),
];

/** Rounds down for times before 1970, too. */
function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
