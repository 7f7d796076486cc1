import type { Scope } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { disjoint } from "../layer-names.ts";
import { writeKeyValues } from "./any-value.ts";
import { ColumnRecords } from "./column-records.ts";
import { writeLogRecord } from "./log-record.ts";
import { ReverseWriter } from "./reverse-writer.ts";

/** Name of the scope of records whose source told none. */
export const SCOPE_NAME = "tidewatch";

// opentelemetry/proto/logs/v1/logs.proto and collector/logs/v1/logs_service.proto.
const RESOURCE_LOGS = 0x0a;
const RESOURCE = 0x0a;
const RESOURCE_ATTRIBUTES = 0x0a;
const SCOPE_LOGS = 0x12;
const SCOPE = 0x0a;
const SCOPE_NAME_FIELD = 0x0a;
const SCOPE_VERSION = 0x12;
const SCOPE_ATTRIBUTES = 0x1a;
const LOG_RECORDS = 0x12;
/** Of ResourceLogs and of ScopeLogs. */
const SCHEMA_URL = 0x1a;

const OWN_SCOPE: Scope = { name: SCOPE_NAME, version: "", attributes: {}, schema_url: "" };

/**
 * Writes batches as OTLP `ExportLogsServiceRequest` in protobuf, one resource and one scope each. Every text is valid
 * UTF-8 and every number fits its field, so that no receiver has to refuse a request for one record in it: bytes that are
 * no UTF-8 become U+FFFD, integers beyond 64 bits decimal text, times that OTLP cannot hold are left out.
 */
export class OtlpLogsEncoder {
  readonly #writer = new ReverseWriter();
  readonly #columns = new ColumnRecords(this.#writer);

  /** The result is the caller's. */
  encode(batch: LogBatch): Buffer {
    const writer = this.#writer;
    writer.clear();
    const { attributes, schema_url = "", scope = OWN_SCOPE } = batch.resource;
    const request = writer.mark();
    this.#text(SCHEMA_URL, schema_url);
    const scopeLogs = writer.mark();
    this.#text(SCHEMA_URL, scope.schema_url);
    this.#records(batch);
    const scopeMark = writer.mark();
    writeKeyValues(writer, SCOPE_ATTRIBUTES, scope.attributes);
    this.#text(SCOPE_VERSION, scope.version);
    this.#text(SCOPE_NAME_FIELD, scope.name);
    writer.close(SCOPE, scopeMark);
    writer.close(SCOPE_LOGS, scopeLogs);
    const resource = writer.mark();
    writeKeyValues(writer, RESOURCE_ATTRIBUTES, attributes);
    writer.close(RESOURCE, resource);
    writer.close(RESOURCE_LOGS, request);
    return writer.take();
  }

  /** An empty text is the default, which protobuf leaves out. */
  #text(tag: number, text: string): void {
    if (text === "") return;
    const mark = this.#writer.mark();
    this.#writer.text(text);
    this.#writer.close(tag, mark);
  }

  #records(batch: LogBatch): void {
    const { columns, layers } = batch;
    if (columns !== undefined && disjoint(layers)) return this.#columns.write(batch, columns, LOG_RECORDS);
    for (let i = batch.size - 1; i >= 0; i--) {
      const mark = this.#writer.mark();
      writeLogRecord(this.#writer, batch.at(i));
      this.#writer.close(LOG_RECORDS, mark);
    }
  }
}
