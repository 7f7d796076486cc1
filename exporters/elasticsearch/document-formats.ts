import { type AttributeValue, toJson, toText } from "#core/attributes.ts";
import { headText, type LineFormat } from "#kit/record-json.ts";
import { timeText } from "#kit/time-text.ts";
import type { ElasticsearchConfig } from "./config.ts";
import { targetOf, withoutDataStream } from "./data-stream.ts";

type Settings = Pick<ElasticsearchConfig, "logs_index" | "mapping">;

/** Documents as the templates `logs-*.otel-*` of Elasticsearch expect them. */
export function otelFormat(settings: Settings): LineFormat {
  return {
    timeKey: `{"@timestamp":"`,
    timeRequired: true,
    textBody: [`"body":{"text":`, "}"],
    attributesKey: `,"attributes":{`,
    frame(resource, observedTimeUnixNano) {
      const { dataStream } = targetOf(resource, settings);
      const stream = dataStream === undefined ? "" : `,"data_stream":${JSON.stringify(dataStream)}`;
      const attributes = toJson(withoutDataStream(resource.attributes));
      return {
        observed: `"observed_timestamp":"${timeText(observedTimeUnixNano)}",`,
        tail: `},"resource":{"attributes":${attributes}},"scope":{"name":"tidewatch"}${stream}}\n`,
      };
    },
    head: headText,
    body: (value) => `"body":${otelBody(value)}`,
  };
}

/** A map is searchable as such; everything else is text. */
function otelBody(value: AttributeValue): string {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isMap ? `{"structured":${toJson(value)}}` : `{"text":${JSON.stringify(toText(value))}}`;
}

/** The collector's names without any mapping. */
export const PLAIN_FORMAT: LineFormat = {
  timeKey: `{"@timestamp":"`,
  timeRequired: true,
  textBody: [`"Body":`, ""],
  attributesKey: `,"Attributes":{`,
  frame: (resource) => ({
    observed: "",
    tail: `},"Resource":${toJson(resource.attributes)},"Scope":{"name":"tidewatch"}}\n`,
  }),
  head({ severityText, severityNumber, eventName }) {
    const text = severityText === undefined ? "" : `"SeverityText":${JSON.stringify(severityText)},`;
    const number = severityNumber === 0 ? "" : `"SeverityNumber":${severityNumber},`;
    const event = eventName === undefined ? "" : `"EventName":${JSON.stringify(eventName)},`;
    return text + number + event;
  },
  body: (value) => `"Body":${toJson(value)}`,
};
