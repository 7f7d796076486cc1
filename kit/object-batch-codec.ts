import * as z from "zod";
import type { AttributeValue } from "#core/attributes.ts";
import type { LogBatch } from "#core/batch.ts";
import { ObjectBatch, type PlainRecord } from "#core/object-batch.ts";
import { attributes, described, fromResource, toResource, unixNano, withHead } from "./batch-head.ts";

/** Kind and version of a batch of objects. */
export const OBJECTS = "TWO1";

const objectHead = z.object({
  resource: attributes,
  ...described,
  records: z.array(
    z.object({
      time: unixNano,
      observed: unixNano,
      severity: z.int(),
      text: z.string().optional(),
      event: z.string().optional(),
      trace: z.string().optional(),
      span: z.string().optional(),
      flags: z.int().optional(),
      body: z.custom<AttributeValue>(),
      attributes,
    }),
  ),
});

/** Records of any batch, as objects in exact JSON. */
export function encodeObjects(batch: LogBatch): Buffer {
  const records = Array.from(batch, (record) => ({
    time: record.timeUnixNano,
    observed: record.observedTimeUnixNano,
    severity: record.severityNumber,
    ...(record.severityText === undefined ? {} : { text: record.severityText }),
    ...(record.eventName === undefined ? {} : { event: record.eventName }),
    ...(record.traceId === undefined ? {} : { trace: record.traceId }),
    ...(record.spanId === undefined ? {} : { span: record.spanId }),
    ...(record.traceFlags === 0 ? {} : { flags: record.traceFlags }),
    body: record.body,
    attributes: record.attributes,
  }));
  return withHead(OBJECTS, { ...fromResource(batch.resource), records }, 0).bytes;
}

/** `raw` is the head of such bytes. @throws when it is none. */
export function decodeObjects(raw: AttributeValue): ObjectBatch {
  const head = objectHead.parse(raw);
  const records = head.records.map(
    ({ time, observed, severity, text, event, body, attributes: own, ...more }): PlainRecord => ({
      timeUnixNano: time,
      observedTimeUnixNano: observed,
      severityNumber: severity,
      ...(text === undefined ? {} : { severityText: text }),
      ...(event === undefined ? {} : { eventName: event }),
      ...(more.trace === undefined ? {} : { traceId: more.trace }),
      ...(more.span === undefined ? {} : { spanId: more.span }),
      ...(more.flags === undefined ? {} : { traceFlags: more.flags }),
      body,
      attributes: own,
    }),
  );
  return new ObjectBatch(toResource(head), records);
}
