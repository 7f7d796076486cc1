import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  /** For `localhost` and 127.0.0.1. */
  readonly server: { readonly cert: string; readonly key: string };
  /** Common name `alice`. */
  readonly client: { readonly cert: string; readonly key: string };
  /** PKCS#8 key, certificate and issuer in one file, as Kafka wants it. */
  readonly serverBundle: string;
}

const P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"] as const;

/** An authority of our own and what it signed, fresh for one test. */
export async function createCertificates(folder: string): Promise<Certificates> {
  const ca = join(folder, "ca.pem");
  const caKey = join(folder, "ca.key");
  await run("openssl", "req", "-x509", ...P256, "-days", "30", "-subj", "/CN=test-ca", "-keyout", caKey, "-out", ca);

  const leaf = async (name: string, commonName: string, usage: string): Promise<{ cert: string; key: string }> => {
    const [cert, key, request, extensions] = ["pem", "key", "csr", "ext"].map((end) => join(folder, `${name}.${end}`));
    const files = { cert: cert as string, key: key as string };
    const paths = ["-keyout", files.key, "-out", request as string];
    await run("openssl", "req", ...P256, "-subj", `/CN=${commonName}`, ...paths);
    await writeFile(extensions as string, `subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=${usage}\n`);
    const issuer = ["-CA", ca, "-CAkey", caKey, "-CAcreateserial", "-days", "30"];
    const input = ["-in", request as string, "-extfile", extensions as string];
    await run("openssl", "x509", "-req", ...input, ...issuer, "-out", files.cert);
    return files;
  };
  const server = await leaf("server", "localhost", "serverAuth");
  const client = await leaf("client", "alice", "clientAuth");

  const serverBundle = join(folder, "server-bundle.pem");
  await run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", server.key, "-out", serverBundle);
  await appendFile(serverBundle, (await Promise.all([server.cert, ca].map((path) => readFile(path, "utf8")))).join(""));
  return { ca, server, client, serverBundle };
}
