import { parseProtoFields } from "./proto-fields.ts";

/** What a receiver says of a request that it took (ExportLogsPartialSuccess). */
export interface PartialSuccess {
  /** Records that it does not want; it does not say which. */
  readonly rejected: number;
  /** Its words, as they came. Without rejected records they are a warning. */
  readonly message: string;
}

const FULL_SUCCESS: PartialSuccess = { rejected: 0, message: "" };

/** The body of an answer and the type that its header gives. */
interface Body {
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

/**
 * Reads an ExportLogsServiceResponse, protobuf or JSON as its content type says (OTLP 1.11, full and partial success). An
 * empty body is full success; undefined = it is no such message.
 */
export function parseExportResponse({ body, contentType }: Body): PartialSuccess | undefined {
  if (body.length === 0) return FULL_SUCCESS;
  const format = formatOf(contentType);
  if (format === "json") return fromJson(body);
  return format === "protobuf" ? fromProto(body) : undefined;
}

/** The message of a google.rpc.Status, which the body of a refusal is; undefined when it is none in protobuf. */
export function parseStatusMessage({ body, contentType }: Body): string | undefined {
  if (formatOf(contentType) !== "protobuf") return undefined;
  const message = parseProtoFields(body)?.findLast(({ number }) => number === 2)?.value;
  return message instanceof Uint8Array ? utf8(message) : undefined;
}

function formatOf(contentType = "application/x-protobuf"): "json" | "protobuf" | undefined {
  const type = (contentType.split(";")[0] ?? "").trim().toLowerCase();
  if (type === "application/json") return "json";
  return type === "application/x-protobuf" || type === "application/protobuf" ? "protobuf" : undefined;
}

function fromProto(body: Buffer): PartialSuccess | undefined {
  const fields = parseProtoFields(body);
  if (fields === undefined) return undefined;
  let { rejected, message } = FULL_SUCCESS;
  // A message that comes in parts is merged, the last value of a field wins.
  for (const { number, value } of fields) {
    if (number !== 1) continue;
    const inner = value instanceof Uint8Array ? parseProtoFields(value) : undefined;
    if (inner === undefined) return undefined;
    for (const field of inner) {
      if (field.number === 1 && typeof field.value === "bigint") rejected = toCount(BigInt.asIntN(64, field.value));
      if (field.number === 2 && field.value instanceof Uint8Array) message = utf8(field.value);
    }
  }
  return { rejected, message };
}

function fromJson(body: Buffer): PartialSuccess | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isMap(parsed)) return undefined;
  const partial = parsed.partialSuccess ?? {};
  if (!isMap(partial)) return undefined;
  const { rejectedLogRecords: rejected = 0, errorMessage: message = "" } = partial;
  if (typeof rejected !== "number" && typeof rejected !== "string") return undefined;
  const count = Number(rejected);
  if (!Number.isInteger(count)) return undefined;
  return { rejected: Math.max(count, 0), message: typeof message === "string" ? message : "" };
}

function toCount(value: bigint): number {
  return value < 0n ? 0 : Number(value);
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
