import * as z from "zod";
import { duration, secret } from "../schema-types.ts";

/** Suites of TLS 1.2 that are safe, as the collector spells them, and OpenSSL's name for each. */
export const CIPHER_SUITES = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
} as const;

type CipherSuite = keyof typeof CIPHER_SUITES;

const version = z.enum(["1.2", "1.3"]);
const path = () => z.string().min(1).optional();

/** The collector's names for a client's TLS (its configtls). Versions below 1.2 are refused. */
export const tlsConfig = z
  .strictObject({
    insecure: z.boolean().default(false).describe("No TLS where the address does not say whether to use it."),
    insecure_skip_verify: z.boolean().default(false).describe("Take any certificate: for tests."),
    server_name_override: path().describe("Name to look for in the server's certificate."),
    ca_file: path().describe("PEM file with the authorities to trust; default: the public ones that Node brings."),
    ca_pem: path().describe("The same as text, instead of a file."),
    include_system_ca_certs_pool: z.boolean().default(false).describe("Trust the machine's authorities as well."),
    cert_file: path().describe("PEM file with our own certificate."),
    cert_pem: path().describe("The same as text, instead of a file."),
    key_file: path().describe("PEM file with its key."),
    key_pem: secret().optional().describe("The same as text, instead of a file."),
    min_version: version.default("1.2").describe("Lowest version to speak."),
    max_version: version.optional().describe("Highest version to speak."),
    cipher_suites: z
      .array(z.enum(Object.keys(CIPHER_SUITES) as [CipherSuite, ...CipherSuite[]]))
      .min(1)
      .optional()
      .describe("Suites of TLS 1.2 to offer; those of 1.3 are always offered. Default: OpenSSL's."),
    reload_interval: duration()
      .refine((ms) => ms >= 1000, "expected at least 1s")
      .optional()
      .describe("How often the files are read again; default: at a reload only."),
  })
  .superRefine((config, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: "custom", path: [key], message });
    for (const part of ["ca", "cert", "key"] as const) {
      if (config[`${part}_file`] !== undefined && config[`${part}_pem`] !== undefined)
        wrong(`${part}_pem`, `${part}_file and ${part}_pem exclude each other`);
    }
    const hasCert = (config.cert_file ?? config.cert_pem) !== undefined;
    const hasKey = (config.key_file ?? config.key_pem) !== undefined;
    if (hasCert !== hasKey) wrong(hasCert ? "cert_file" : "key_file", "certificate and key belong together");
    if (config.min_version === "1.3" && config.max_version === "1.2")
      wrong("max_version", "max_version is below min_version");
  })
  .describe("TLS, also with `tls: {}`.");

export type TlsConfig = z.output<typeof tlsConfig>;
