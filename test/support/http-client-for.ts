import type { TestContext } from "node:test";
import * as z from "zod";
import { checkHttpClient, httpClientFields } from "#kit/http/client-config.ts";
import { HttpClient } from "#kit/http/http-client.ts";
import { type FakeContext, fakeContext } from "./fake-context.ts";

export const clientSchema = z.strictObject(httpClientFields).superRefine(checkHttpClient);

const NEVER = new AbortController().signal;

export interface ClientUnderTest {
  readonly client: HttpClient;
  readonly context: FakeContext;
  post(body?: string | Buffer, signal?: AbortSignal): ReturnType<HttpClient["post"]>;
}

/** A client for one URL that is shut down when the test is over. */
export async function clientFor(t: TestContext, url: string, raw: object = {}): Promise<ClientUnderTest> {
  const context = fakeContext();
  const target = new URL(url);
  const client = new HttpClient(clientSchema.parse({ compression: "none", ...raw }), context, [target]);
  t.after(() => client.shutdown());
  await client.start();
  const post = (body: string | Buffer = "x", signal = NEVER) =>
    client.post({ url: target, contentType: "text/plain", body: Buffer.from(body) }, signal);
  return { client, context, post };
}
