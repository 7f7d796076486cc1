import type { LogBatch } from "#core/batch.ts";
import { disjoint } from "../layer-names.ts";
import { writeKeyValues } from "./any-value.ts";
import { ColumnRecords } from "./column-records.ts";
import { writeLogRecord } from "./log-record.ts";
import { ReverseWriter } from "./reverse-writer.ts";

/** Name of the instrumentation scope that all records go under. */
export const SCOPE_NAME = "tidewatch";

// opentelemetry/proto/logs/v1/logs.proto and collector/logs/v1/logs_service.proto.
const RESOURCE_LOGS = 0x0a;
const RESOURCE = 0x0a;
const RESOURCE_ATTRIBUTES = 0x0a;
const SCOPE_LOGS = 0x12;
const SCOPE = 0x0a;
const SCOPE_NAME_FIELD = 0x0a;
const LOG_RECORDS = 0x12;

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
    const request = writer.mark();
    const scopeLogs = writer.mark();
    this.#records(batch);
    const scope = writer.mark();
    writer.text(SCOPE_NAME);
    writer.close(SCOPE_NAME_FIELD, scope);
    writer.close(SCOPE, scope);
    writer.close(SCOPE_LOGS, scopeLogs);
    const resource = writer.mark();
    writeKeyValues(writer, RESOURCE_ATTRIBUTES, batch.resource.attributes);
    writer.close(RESOURCE, resource);
    writer.close(RESOURCE_LOGS, request);
    return writer.take();
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
