/**
 * The unified log format once more, slow and obvious: strings, one token at a time, no offsets. Tests compare the real
 * parser with it. It says what the real one must say about tolerated deviations too.
 */
export interface ReferenceRecord {
  readonly timeMs: number | undefined;
  readonly level: string;
  /** Attribute name or role ("body", "logger", "file", "line", "stack", or a raw key) and value, in order. */
  readonly parts: readonly (readonly [string, string])[];
}

const LEVELS = [
  "INFO",
  "WARN",
  "ERROR",
  "DEBUG",
  "FATAL",
  "TRACE",
  "NOTICE",
  "CRITICAL",
  "DPANIC",
  "PANIC",
  "UNKNOWN",
  "WARNING",
];

/** Undefined when the line is malformed. */
export function referenceParse(line: string): ReferenceRecord | undefined {
  let rest = line.replace(/^ +/, "");
  let timeMs: number | undefined;
  if (/^\[[0-9]/.test(rest)) {
    const match = /^\[(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3}) ([+-])(\d\d):(\d\d)\]/.exec(rest);
    if (match === null) return undefined;
    const n = match.slice(1).map(Number);
    const date = new Date(Date.UTC(n[0]!, n[1]! - 1, n[2]));
    if (date.getUTCMonth() !== n[1]! - 1 || date.getUTCDate() !== n[2]! || n[0]! < 1970) return undefined;
    if (n[3]! > 23 || n[4]! > 59 || n[5]! > 60 || n[8]! > 23 || n[9]! > 59) return undefined;
    const sign = match[8] === "+" ? 1 : -1;
    timeMs = date.getTime() + ((n[3]! * 60 + n[4]!) * 60 + n[5]!) * 1000 + n[6]! - sign * (n[8]! * 60 + n[9]!) * 60_000;
    rest = rest.slice(match[0].length).replace(/^ +/, "");
  }
  const level = LEVELS.find((name) => rest.startsWith(`[${name}]`));
  if (level === undefined) return undefined;
  rest = rest.slice(level.length + 2);
  const parts: [string, string][] = [];
  let stage: "start" | "logger" | "caller" | "message" = "start";
  for (;;) {
    rest = rest.replace(/^ +/, "");
    if (rest === "") return { timeMs, level, parts };
    if (!rest.startsWith("[")) return undefined;
    const caller = stage === "start" || stage === "logger" ? callerOf(rest) : undefined;
    if (caller !== undefined) {
      if (caller.file !== undefined) parts.push(["file", caller.file], ["line", caller.line ?? ""]);
      rest = rest.slice(caller.length);
      stage = "caller";
      continue;
    }
    if (rest.startsWith("[]")) {
      rest = rest.slice(2);
      if (stage === "caller") stage = "message";
      continue;
    }
    const bracket = readBracket(rest.slice(1), stage !== "message");
    if (bracket === undefined) return undefined;
    rest = rest.slice(1 + bracket.length);
    if (bracket.key !== undefined) parts.push([bracket.key, bracket.value]);
    else if (stage === "message") parts.push(["stack", bracket.value]);
    else if (stage === "start" && !bracket.quoted && callerOf(rest.replace(/^ +/, "")) !== undefined) {
      parts.push(["logger", bracket.value]);
      stage = "logger";
    } else {
      parts.push(["body", bracket.value]);
      stage = "message";
    }
  }
}

function callerOf(text: string): { file?: string; line?: string; length: number } | undefined {
  if (text.startsWith("[<unknown>]")) return { length: 11 };
  const match = /^\[([^\x00-\x20:"=[\]]+):([0-9]+)\]/.exec(text);
  if (match === null || match[0].length > 256) return undefined;
  return { file: match[1]!, line: match[2]!, length: match[0].length };
}

interface Bracket {
  readonly key: string | undefined;
  readonly value: string;
  readonly quoted: boolean;
  /** Characters up to and with the closing bracket. */
  readonly length: number;
}

function readBracket(text: string, emptyKeyIsText: boolean): Bracket | undefined {
  if (text.startsWith('"')) {
    const token = readQuoted(text);
    if (token === undefined) return undefined;
    const after = text[token.length];
    if (after === "]") return { key: undefined, value: token.value, quoted: true, length: token.length + 1 };
    if (after !== "=") return undefined;
    return readValue(text, token.value, token.length + 1);
  }
  const key = /^([^\x00-\x20"=[\]]*)=/.exec(text);
  if (key !== null && !(emptyKeyIsText && key[1] === "")) return readValue(text, key[1]!, key[0].length);
  const raw = readRaw(text);
  return raw === undefined
    ? undefined
    : { key: undefined, value: rawValue(raw), quoted: false, length: raw.length + 1 };
}

function readValue(text: string, key: string, at: number): Bracket | undefined {
  const rest = text.slice(at);
  if (rest.startsWith('"')) {
    const token = readQuoted(rest);
    if (token !== undefined && rest[token.length] === "]") {
      return { key, value: token.value, quoted: true, length: at + token.length + 1 };
    }
  }
  const raw = readRaw(rest);
  return raw === undefined ? undefined : { key, value: rawValue(raw), quoted: false, length: at + raw.length + 1 };
}

/** Up to the first `]` that a space or the end follows. */
function readRaw(text: string): string | undefined {
  const match = /^([\s\S]*?)\](?= |$)/.exec(text);
  return match === null ? undefined : match[1]!;
}

function rawValue(raw: string): string {
  const others = raw.replaceAll("\\ufffd", "");
  return raw !== others && !others.includes("\\") && !raw.includes('"') ? raw.replaceAll("\\ufffd", "\ufffd") : raw;
}

function readQuoted(text: string): { value: string; length: number } | undefined {
  const match = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(text);
  return match === null ? undefined : { value: unescape(match[1]!), length: match[0].length };
}

const ESCAPES: Record<string, string> = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function unescape(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (whole: string, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return Object.hasOwn(ESCAPES, code) ? ESCAPES[code]! : whole;
  });
}
