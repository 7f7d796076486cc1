/** What a receiver over HTTP understands. Lines are JSON as the file exporter writes it, as far as the checker reads it. */
export interface Protocol {
  readonly toLines: (body: Buffer) => string[];
  /** The body of a 200, when the first `taken` of `count` records were taken. */
  readonly answer: (count: number, taken: number) => string;
}

interface OtlpRequest {
  resourceLogs: { scopeLogs: { logRecords: { attributes: { key: string; value: Record<string, unknown> }[] }[] }[] }[];
}

/** OTLP/HTTP with JSON. A receiver that takes a part cannot say which: here it takes all or nothing. */
export const OTLP: Protocol = {
  toLines: (body) =>
    (JSON.parse(body.toString("utf8")) as OtlpRequest).resourceLogs
      .flatMap(({ scopeLogs }) => scopeLogs)
      .flatMap(({ logRecords }) => logRecords)
      .map(({ attributes }) =>
        JSON.stringify({
          attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, value["stringValue"]])),
        }),
      ),
  answer: () => "{}",
};

/** Elasticsearch's `_bulk`: a verdict for each document. */
export const BULK: Protocol = {
  toLines: (body) =>
    body
      .toString("utf8")
      .split("\n")
      .filter((line, k) => k % 2 === 1 && line !== ""),
  answer: (count, taken) =>
    JSON.stringify({
      errors: taken < count,
      items: Array.from({ length: count }, (_, k) => ({
        create:
          k < taken
            ? { status: 201 }
            : { status: 429, error: { type: "es_rejected_execution_exception", reason: "queue is full" } },
      })),
    }),
};
