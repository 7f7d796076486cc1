/** Where a client connects from. */
export interface Peer {
  readonly address: string;
  readonly port: string | undefined;
}

/** `ip:port` or `[ip6]:port` as TiDB prints `remote addr`; undefined when it is neither. */
export function parsePeer(text: string): Peer | undefined {
  const colon = text.lastIndexOf(":");
  if (colon <= 0) return undefined;
  const port = text.slice(colon + 1);
  let address = text.slice(0, colon);
  if (address.startsWith("[") && address.endsWith("]")) address = address.slice(1, -1);
  else if (address.includes(":")) return undefined;
  return isDigits(port) && address.length > 0 ? { address, port } : undefined;
}

/** Who a line says that a client is. */
export interface Identity {
  readonly user: string;
  readonly address: string | undefined;
  readonly port: string | undefined;
}

/**
 * User and host of `Access denied for user 'u'@'h' …`. The name is not escaped and is the attacker's choice, so the
 * host is what follows the last `'@'` before what the server itself put behind it.
 */
export function parseAccessDenied(error: string): Identity | undefined {
  const lead = "Access denied for user '";
  const from = error.indexOf(lead);
  if (from < 0) return undefined;
  const start = from + lead.length;
  // The database name of 1044 is the client's choice as well, and stands behind the host.
  const end =
    firstOf(error, ["' to database '"], start) ?? lastOf(error, ["' (using password: ", "'. Account is "], start);
  if (end === undefined) return undefined;
  const at = error.lastIndexOf("'@'", end);
  if (at < start) return undefined;
  const host = error.slice(at + 3, end);
  return { user: error.slice(start, at), address: host.includes("%") ? undefined : host, port: undefined };
}

/**
 * `id:N, addr:ip:port status:10, collation:…, user:u` of `command dispatched failed`: everything before `user:` is the
 * server's own, the name is the rest of the text.
 */
export function parseConnInfo(text: string): Identity | undefined {
  const addr = text.indexOf(", addr:");
  const status = text.indexOf(" status:", addr);
  const user = text.indexOf(", user:", status);
  if (addr < 0 || status < 0 || user < 0) return undefined;
  const peer = parsePeer(text.slice(addr + 7, status));
  return { user: text.slice(user + 7), address: peer?.address, port: peer?.port };
}

/** `user@client-ip` of a general-log line; the address never holds an `@`, a name may. */
export function parseUserAtAddress(text: string): Identity | undefined {
  const at = text.lastIndexOf("@");
  if (at < 0) return undefined;
  return { user: text.slice(0, at), address: text.slice(at + 1) || undefined, port: undefined };
}

/** `user[user] @ host [ip]` of a slow-log entry. */
export function parseSlowUser(text: string): Identity | undefined {
  const at = text.lastIndexOf(" @ ");
  const open = text.indexOf("[");
  if (at < 0 || open < 0 || open > at) return undefined;
  const bracket = text.lastIndexOf("[");
  const address = bracket > at && text.endsWith("]") ? text.slice(bracket + 1, -1) : "";
  // `u[u]`: both halves are the same text, so its length tells where the first ends even if a name holds a bracket.
  const both = text.slice(0, at);
  const user = both.slice(0, (both.length - 2) / 2);
  return { user, address: address || undefined, port: undefined };
}

function firstOf(text: string, needles: readonly string[], from: number): number | undefined {
  const found = needles.map((needle) => text.indexOf(needle, from)).filter((at) => at >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

function lastOf(text: string, needles: readonly string[], from: number): number | undefined {
  const last = Math.max(...needles.map((needle) => text.lastIndexOf(needle)));
  return last >= from ? last : undefined;
}

function isDigits(text: string): boolean {
  if (text.length === 0 || text.length > 5) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}
