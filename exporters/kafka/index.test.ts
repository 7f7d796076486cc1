import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { EMPTY_RESOURCE } from "#core/attributes.ts";
import { ConfigError } from "#core/errors.ts";
import { ObjectBatch } from "#core/object-batch.ts";
import { fakeContext } from "#test/support/fake-context.ts";
import { kafkaExporter } from "./index.ts";

const REQUIRED = { brokers: ["127.0.0.1:9092"], topic: "logs" };

const WRONG: [settings: object, at: string][] = [
  [{ brokers: [] }, "brokers"],
  [{ topic: "" }, "topic"],
  [{ encoding: "avro" }, "encoding"],
  [{ auth: { sasl: { mechanism: "GSSAPI", username: "u", password: "p" } } }, "auth::sasl::mechanism"],
  [{ auth: { sasl: { mechanism: "PLAIN", username: "u" } } }, "auth::sasl::password"],
  [{ tls: { cert_file: "c.pem" } }, "tls::cert_file"],
  [{ tls: { ca: "ca.pem" } }, "tls::ca"],
  [{ producer: { compression: "snappy" } }, "producer::compression"],
  [{ producer: { required_acks: 1 } }, "producer::required_acks"],
];

for (const [settings, at] of WRONG) {
  test(`${JSON.stringify(settings)} is refused at ${at}`, () => {
    assert.throws(
      () => kafkaExporter.prepare({ ...REQUIRED, ...settings }),
      (error: Error) => error instanceof ConfigError && error.issues.some(({ path }) => path.join("::") === at),
    );
  });
}

test("a TLS file that cannot be read fails the start", async () => {
  const exporter = kafkaExporter.prepare({ ...REQUIRED, tls: { ca_file: "/no/such/ca.pem" } })(fakeContext());
  await assert.rejects(exporter.start!(new AbortController().signal), { code: "tls_material" });
});

test("shutdown before start, and twice, is safe", async () => {
  const exporter = kafkaExporter.prepare(REQUIRED)(fakeContext());
  const deadline = new AbortController().signal;
  await exporter.shutdown!(deadline);
  await exporter.start!(deadline);
  await exporter.shutdown!(deadline);
  await exporter.shutdown!(deadline);
});

test("brokers that are away or mute do not resolve a batch; an abort ends it at once", async (t) => {
  const mute = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(mute, "listening");
  t.after(() => mute.close());
  const { port } = mute.address() as AddressInfo;
  const context = fakeContext();
  const exporter = kafkaExporter.prepare({ ...REQUIRED, brokers: [`127.0.0.1:${port}`], timeout: "100ms" })(context);
  const stop = new AbortController();
  await exporter.start!(stop.signal);
  const connected = once(mute, "connection");
  const consumed = exporter.consume(new ObjectBatch(EMPTY_RESOURCE, [{ body: "x" }]), stop.signal);
  await connected;
  stop.abort();
  await assert.rejects(consumed);
  assert.equal(context.rejected.length, 0);
  await exporter.shutdown!(AbortSignal.abort());
});
