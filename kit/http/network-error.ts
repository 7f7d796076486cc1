import { errorMessage, RetryableError } from "#core/errors.ts";
import { terminalText } from "../terminal-text.ts";

const MAX_TEXT = 300;

/** OpenSSL's and Node's reasons for not taking a server's certificate. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** A failure below HTTP: nobody there, no name, no TLS, no whole answer. All of them may be over later. */
export function toNetworkError(cause: unknown, host: string): RetryableError {
  const error = firstOf(cause);
  const code = codeOf(error);
  if (UNTRUSTED.has(code)) {
    const name = code === "ERR_TLS_CERT_ALTNAME_INVALID";
    const mend = name ? "look at the endpoint or tls::server_name_override" : "look at tls::ca_file";
    return failure(`${host} shows a certificate that is not trusted: ${text(error)} [${code}]; ${mend}`, cause, true);
  }
  if (code.startsWith("ERR_SSL_") && code.includes("ALERT") && isAboutCertificate(code))
    return failure(`${host} does not take our certificate [${code}]; look at tls::cert_file`, cause, true);
  // While Node is writing, OpenSSL's reason is only in the text.
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || (code === "EPROTO" && text(error).includes("wrong version number")))
    return failure(`${host} does not speak TLS [${code}]; look at the endpoint`, cause, false);
  if (code === "HPE_HEADER_OVERFLOW") return failure(`${host} answered with headers that are too large`, cause, false);
  if (code.startsWith("HPE_"))
    return failure(`${host} does not speak HTTP [${code}]; look at the endpoint`, cause, false);
  return failure(`${host} did not answer: ${text(error)}`, cause, false);
}

/** Happy eyeballs tries several addresses: the first error stands for all. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function isAboutCertificate(code: string): boolean {
  return code.includes("CERTIFICATE") || code.includes("UNKNOWN_CA") || code.includes("ACCESS_DENIED");
}

/** Names in a certificate are the other side's to choose. */
function text(error: unknown): string {
  return terminalText(errorMessage(error), MAX_TEXT);
}

function failure(message: string, cause: unknown, certificate: boolean): RetryableError {
  return certificate
    ? new RetryableError(message, { cause, code: "http_certificate" })
    : new RetryableError(message, { cause, code: "http_unavailable" });
}
