import * as z from "zod";
import { parseConfig } from "#core/parse-config.ts";
import { errorMessage } from "#core/errors.ts";
import type { WindowState } from "./correlation-window.ts";

/** One group of a correlator as plain data. */
export interface GroupSnapshot<E> {
  /** JSON of the correlation's id and the values of the group. */
  readonly key: string;
  readonly fingerprint: string;
  readonly window: WindowState<E>;
}

/** The state of a correlator as plain data, in the order of the groups' latest matches. */
export interface CorrelatorSnapshot<E> {
  readonly version: 1;
  readonly groups: readonly GroupSnapshot<E>[];
}

const snapshotSchema = z.strictObject({
  version: z.literal(1),
  groups: z.array(
    z.strictObject({
      key: z.string().refine(isKey, "expected a JSON list of texts"),
      fingerprint: z.string(),
      window: z.strictObject({
        events: z.array(z.tuple([z.number(), z.string(), z.unknown()])),
        total: z.int().min(0),
        firedMs: z.number().nullable(),
      }),
    }),
  ),
});

/** Checks what came from a disk; a text says why it is no snapshot. The evidence is the caller's and not looked at. */
export function parseSnapshot<E>(raw: unknown): CorrelatorSnapshot<E> | string {
  try {
    return parseConfig(snapshotSchema, raw) as CorrelatorSnapshot<E>;
  } catch (error) {
    return errorMessage(error);
  }
}

function isKey(key: string): boolean {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) && parts.length > 0 && parts.every((part) => typeof part === "string");
  } catch {
    return false;
  }
}
