// What OTLP's fields can hold. A receiver that cannot read one record refuses the whole request, and what stands in a
// record is a stranger's to choose: nothing outside these limits may go out.

const MAX_UNIX_NANO = 2n ** 64n - 1n;

/** The last millisecond all of whose nanoseconds are below the limit (July 2554). */
const MAX_UNIX_MS = Number(MAX_UNIX_NANO / 1_000_000n) - 1;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_INT32 = 2 ** 31 - 1;

/** A time for a field that is a uint64 of nanoseconds; one that does not fit, as of the year 9999, is 0: unknown. */
export function toOtlpTime(unixNano: bigint): bigint {
  return unixNano >= 0n && unixNano <= MAX_UNIX_NANO ? unixNano : 0n;
}

/** Whether a time in Unix milliseconds fits such a field; NaN does not. */
export function fitsOtlpTime(ms: number): boolean {
  return ms >= 0 && ms <= MAX_UNIX_MS;
}

/** Whether an AnyValue can hold it as an integer; others go out as decimal text. */
export function isInt64(value: bigint): boolean {
  return value >= MIN_INT64 && value <= MAX_INT64;
}

/** A severity number for a field that is an enum; anything that is none is 0: unspecified. */
export function toOtlpSeverity(severityNumber: number): number {
  return Number.isInteger(severityNumber) && severityNumber > 0 && severityNumber <= MAX_INT32 ? severityNumber : 0;
}
