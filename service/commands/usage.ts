import { TidewatchError } from "#core/errors.ts";

/** The failure of a call that lacks something, or has something that cannot be read. */
export function usage(call: string): TidewatchError {
  return new TidewatchError(`usage: tidewatch ${call} --config FILE`, { code: "usage" });
}
