import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import * as z from "zod";

/** The collector's names for a client's TLS. */
export const tlsConfig = z
  .strictObject({
    insecure: z.boolean().default(false).describe("No TLS at all."),
    insecure_skip_verify: z.boolean().default(false).describe("Take any certificate: for tests."),
    server_name_override: z.string().min(1).optional().describe("Name to look for in the server's certificate."),
    ca_file: z.string().min(1).optional().describe("PEM file with the authorities to trust; default: the system's."),
    cert_file: z.string().min(1).optional().describe("PEM file with our own certificate."),
    key_file: z.string().min(1).optional().describe("PEM file with its key."),
    min_version: z.enum(["1.2", "1.3"]).default("1.2").describe("Lowest version to speak."),
  })
  .refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), {
    path: ["cert_file"],
    message: "cert_file and key_file belong together",
  })
  .describe("TLS, also with `tls: {}`; without it the connection is in the clear.");

export type TlsConfig = z.output<typeof tlsConfig>;

/** Reads the files. Undefined = no TLS. */
export async function loadTls(config: TlsConfig | undefined): Promise<ConnectionOptions | undefined> {
  if (config === undefined || config.insecure) return undefined;
  const { ca_file, cert_file, key_file } = config;
  return {
    minVersion: config.min_version === "1.3" ? "TLSv1.3" : "TLSv1.2",
    rejectUnauthorized: !config.insecure_skip_verify,
    ...(config.server_name_override !== undefined && { servername: config.server_name_override }),
    ...(ca_file !== undefined && { ca: await readFile(ca_file) }),
    ...(cert_file !== undefined && { cert: await readFile(cert_file) }),
    ...(key_file !== undefined && { key: await readFile(key_file) }),
  };
}
