import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from "node:tls";
import { errorMessage, TidewatchError } from "#core/errors.ts";
import { CIPHER_SUITES, type TlsConfig } from "./tls-config.ts";

const TLS_1_3_SUITES = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

/**
 * Reads the files that the settings name and makes what connections are opened with.
 * @throws TidewatchError `tls_material` when a file cannot be read or holds no usable certificate or key.
 */
export async function loadSecureContext(config: TlsConfig): Promise<SecureContext> {
  const ca = await pem("ca_file", config.ca_file, config.ca_pem);
  const cert = await pem("cert_file", config.cert_file, config.cert_pem);
  const key = await pem("key_file", config.key_file, config.key_pem?.reveal());
  if (ca !== undefined) check("ca_file", config.ca_file, () => new X509Certificate(ca));
  const options: SecureContextOptions = {
    minVersion: `TLSv${config.min_version}`,
    ...(config.max_version !== undefined && { maxVersion: `TLSv${config.max_version}` }),
    ...(config.cipher_suites !== undefined && { ciphers: cipherList(config.cipher_suites) }),
    ...trusted(ca, config.include_system_ca_certs_pool),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  return check("cert_file", config.cert_file, () => createSecureContext(options));
}

function cipherList(suites: NonNullable<TlsConfig["cipher_suites"]>): string {
  return [TLS_1_3_SUITES, ...suites.map((suite) => CIPHER_SUITES[suite])].join(":");
}

/** Nothing said = Node's own list. */
function trusted(ca: string | undefined, withSystem: boolean): { ca?: string[] } {
  if (!withSystem) return ca === undefined ? {} : { ca: [ca] };
  return { ca: [...(ca === undefined ? getCACertificates("default") : [ca]), ...getCACertificates("system")] };
}

async function pem(key: string, path: string | undefined, text: string | undefined): Promise<string | undefined> {
  if (path === undefined) return text;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unusable(key, path, cause);
  }
}

function check<T>(key: string, path: string | undefined, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw unusable(key, path, cause);
  }
}

function unusable(key: string, path: string | undefined, cause: unknown): TidewatchError {
  const where = path === undefined ? "" : ` (${path})`;
  return new TidewatchError(`tls::${key}${where}: ${errorMessage(cause)}`, { cause, code: "tls_material" });
}
