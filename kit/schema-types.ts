import { inspect } from "node:util";
import * as z from "zod";
import type { AttributeValue } from "#core/attributes.ts";

/** A value that must not show up anywhere: prints, inspects and serialises as `[redacted]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: hand it straight to what needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [inspect.custom](): string {
    return "[redacted]";
  }
}

/** A password, token or URL with one. Parsed to a Secret. */
export function secret() {
  return z
    .string()
    .min(1)
    .meta({ secret: true })
    .transform((value) => new Secret(value));
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a text such as `200ms`, `5s`, `1h30m`; undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  if (text === "0") return 0;
  let totalMs = 0;
  let at = 0;
  while (at < text.length) {
    const part = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)/.exec(text.slice(at, at + 32));
    if (part === null) return undefined;
    totalMs += Number(part[1]) * (UNITS[part[2] as string] as number);
    at += part[0].length;
  }
  return text.length > 0 && Number.isSafeInteger(Math.round(totalMs)) ? totalMs : undefined;
}

/** A span of time as the collector writes it (`200ms`, `5s`, `1h30m`). Parsed to milliseconds. */
export function duration() {
  return z.string().transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: "custom", message: `expected a duration such as 200ms, 5s or 1h30m, got "${text}"` });
    return z.NEVER;
  });
}

const SIZES: Record<string, number> = {
  "": 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** A size in bytes: a number, or a text with a unit (`64KiB`, `1MiB`). Parsed to bytes. */
export function byteSize() {
  return z.union([z.int().nonnegative(), z.string()]).transform((value, context) => {
    if (typeof value === "number") return value;
    const part = /^(\d{1,15})(B|KiB|MiB|GiB|kB|MB|GB)?$/.exec(value);
    const bytes = part === null ? Number.NaN : Number(part[1]) * (SIZES[part[2] ?? ""] as number);
    if (Number.isSafeInteger(bytes)) return bytes;
    context.addIssue({ code: "custom", message: `expected a size such as 64KiB or 1MiB, got "${value}"` });
    return z.NEVER;
  });
}

/** Id of an extension; the service checks that `service::extensions` lists it. */
export function extensionId() {
  return z.string().min(1).meta({ extensionId: true });
}

/** An address to listen on: `host:port`, an IPv6 host in brackets. Port 0 = any free one. */
export function endpoint() {
  return z.string().regex(/^[^:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, "expected host:port");
}

/** A value that an attribute may have, as YAML writes it. Not recursive, because editors' schemas cannot follow that. */
export function attributeValue() {
  const list = z.array(z.unknown());
  const map = z.record(z.string(), z.unknown());
  return z.union([z.string(), z.number(), z.boolean(), list, map]).transform((value) => value as AttributeValue);
}
