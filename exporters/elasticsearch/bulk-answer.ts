/** What became of one document. */
export interface ItemResult {
  readonly status: number;
  /** The server's words for what is wrong, as they came; empty when there are none. */
  readonly type: string;
  readonly reason: string;
}

/**
 * The items of a `_bulk` answer in the order of the request; undefined when the body is none. An item without a status is
 * undefined: nothing is known of its document.
 */
export function parseBulkAnswer(body: Buffer): (ItemResult | undefined)[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isMap(parsed) || !Array.isArray(parsed.items)) return undefined;
  return parsed.items.map(toResult);
}

/** `{"create":{"status":400,"error":{"type":"…","reason":"…"}}}` */
function toResult(item: unknown): ItemResult | undefined {
  const result = isMap(item) ? Object.values(item)[0] : undefined;
  if (!isMap(result) || typeof result.status !== "number") return undefined;
  const { type, reason } = isMap(result.error) ? result.error : { type: result.error, reason: "" };
  return { status: result.status, type: toText(type), reason: toText(reason) };
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
