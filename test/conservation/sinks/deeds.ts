import type { Random } from "#test/oracle/random.ts";

/** What a faulty receiver does with one request. */
export interface Deed {
  /** How many of the records it takes, from the first on. */
  readonly takes: number;
  readonly tells:
    | { readonly kind: "whole" }
    /** An answer by which nobody can know whether the records were taken. */
    | { readonly kind: "nothing" }
    | { readonly kind: "cut" }
    | { readonly kind: "late"; readonly afterMs: number }
    | { readonly kind: "drip"; readonly everyMs: number }
    | { readonly kind: "refusal"; readonly status: number; readonly headers: Readonly<Record<string, string>> }
    | { readonly kind: "away"; readonly forMs: number };
}

/** Time-out of an exporter that talks to a faulty receiver; long enough for a whole answer on a machine that is busy. */
export const TIMEOUT_MS = 1000;
/** More records than this are too large. */
const MOST_RECORDS = 9;

const refuse = (status: number, headers: Readonly<Record<string, string>> = {}): Deed => ({
  takes: 0,
  tells: { kind: "refusal", status, headers },
});

export const DEEDS = {
  /** Nobody listens. */
  away: (_: number, random: Random): Deed => ({ takes: 0, tells: { kind: "away", forMs: random() * 300 } }),
  /** Connected, and then silence. */
  hang: (): Deed => ({ takes: 0, tells: { kind: "nothing" } }),
  /** The answer comes in small pieces: in time, or too slowly. */
  drip: (count: number, random: Random): Deed => ({
    takes: count,
    tells: { kind: "drip", everyMs: random() < 0.5 ? 1 : TIMEOUT_MS },
  }),
  /** The connection is reset in the middle of the answer. */
  reset: (count: number, random: Random): Deed => ({ takes: random() < 0.5 ? count : 0, tells: { kind: "cut" } }),
  /** 429 with a number of seconds, or a date. */
  busy: (_: number, random: Random): Deed => {
    const inAMoment = new Date(Date.now() + 1000).toUTCString();
    return refuse(429, { "retry-after": random() < 0.5 ? "1" : inAMoment });
  },
  too_large: (count: number): Deed => (count > MOST_RECORDS ? refuse(413) : { takes: count, tells: { kind: "whole" } }),
  unavailable: (): Deed => refuse(503),
  /** Takes all, and says so when nobody listens any more. */
  late: (count: number): Deed => ({ takes: count, tells: { kind: "late", afterMs: TIMEOUT_MS * 1.5 } }),
  /** Takes the first half and says of each whether it did. */
  half: (count: number): Deed => ({ takes: count >> 1, tells: { kind: "whole" } }),
} as const satisfies Record<string, (count: number, random: Random) => Deed>;

export type Behaviour = keyof typeof DEEDS;
