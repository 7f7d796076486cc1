import protobuf from "protobufjs";

/** The messages of opentelemetry-proto that logs need, field numbers and types as its .proto files have them. */
const PROTO = `
syntax = "proto3";
package otlp;

message AnyValue {
  oneof value {
    string string_value = 1;
    bool bool_value = 2;
    int64 int_value = 3;
    double double_value = 4;
    ArrayValue array_value = 5;
    KeyValueList kvlist_value = 6;
    bytes bytes_value = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message InstrumentationScope {
  string name = 1;
  string version = 2;
  repeated KeyValue attributes = 3;
  uint32 dropped_attributes_count = 4;
}
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message LogRecord {
  fixed64 time_unix_nano = 1;
  int32 severity_number = 2;
  string severity_text = 3;
  AnyValue body = 5;
  repeated KeyValue attributes = 6;
  uint32 dropped_attributes_count = 7;
  fixed32 flags = 8;
  bytes trace_id = 9;
  bytes span_id = 10;
  fixed64 observed_time_unix_nano = 11;
  string event_name = 12;
}
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }

message ExportLogsPartialSuccess { int64 rejected_log_records = 1; string error_message = 2; }
message ExportLogsServiceResponse { ExportLogsPartialSuccess partial_success = 1; }
message Status { int32 code = 1; string message = 2; }
`;

const types = protobuf.parse(PROTO).root;

type MessageName = "ExportLogsServiceRequest" | "ExportLogsServiceResponse" | "Status";

/** Reads with protobufjs, which shares nothing with our own code. 64-bit integers come out as decimal text, as in OTLP/JSON. */
export function decodeProto(name: MessageName, bytes: Uint8Array): unknown {
  const type = types.lookupType(`otlp.${name}`);
  return type.toObject(type.decode(bytes), { longs: String, bytes: String, json: true });
}

export function encodeProto(name: MessageName, message: object): Buffer {
  const type = types.lookupType(`otlp.${name}`);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}
