import { gunzipSync } from "node:zlib";
import { type HttpAnswer, type HttpRequest, type HttpServer, startHttp } from "./start-http.ts";

/** One document of a bulk request. */
export interface BulkDocument {
  readonly id: string | undefined;
  readonly source: Record<string, unknown>;
}

/** What the server says of one document: a status, or a status with its error. */
export type BulkItem = number | { readonly status: number; readonly type: string; readonly reason: string };

export interface BulkServer extends HttpServer {
  /** The documents of each request. */
  readonly batches: readonly (readonly BulkDocument[])[];
  /** What was created. */
  readonly stored: readonly BulkDocument[];
}

/** Documents of a request to `_bulk`. @throws when it is not made of `create` actions and documents, a line each. */
export function parseBulk({ body, headers }: HttpRequest): BulkDocument[] {
  const text = (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const lines = text.slice(0, -1).split("\n");
  const documents: BulkDocument[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const action = JSON.parse(lines[i] as string) as { create: { _id?: string } };
    documents.push({ id: action.create._id, source: JSON.parse(lines[i + 1] as string) as BulkDocument["source"] });
  }
  return documents;
}

/**
 * An Elasticsearch that keeps what it creates, refuses an id that it has (409), and says of each document what `judge`
 * says, 201 by default. `answer` may replace what goes out; the documents are stored all the same.
 */
export async function startBulkServer(
  judge: (document: BulkDocument, request: number) => BulkItem = () => 201,
  answer: (usual: HttpAnswer, request: number) => HttpAnswer = (usual) => usual,
): Promise<BulkServer> {
  const batches: BulkDocument[][] = [];
  const stored: BulkDocument[] = [];
  const create = (document: BulkDocument): object => {
    const verdict = judge(document, batches.length);
    const known = document.id !== undefined && stored.some(({ id }) => id === document.id);
    const { status, ...error } = known
      ? { status: 409, type: "version_conflict_engine_exception", reason: "document already exists" }
      : typeof verdict === "number"
        ? { status: verdict, ...(verdict >= 300 && { type: "some_exception", reason: "not now" }) }
        : verdict;
    if (status === 201) stored.push(document);
    return { create: { status, ...(status !== 201 && { error }) } };
  };
  const server = await startHttp((request) => {
    batches.push(parseBulk(request));
    const items = (batches.at(-1) ?? []).map(create);
    const body = JSON.stringify({ errors: items.some((item) => JSON.stringify(item).includes("error")), items });
    return answer({ status: 200, headers: { "content-type": "application/json" }, body }, batches.length);
  });
  return Object.assign(server, { batches, stored });
}
