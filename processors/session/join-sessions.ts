import type { AttributeSet } from "#core/attributes.ts";
import type { OverlayLayer } from "#core/batch.ts";
import type { ColumnBatch } from "#core/column-batch.ts";
import { type Columns, FIELD_SLOTS, KIND_MASK } from "#core/columns.ts";
import { NO_KEY } from "#core/key-table.ts";
import { parseAccessDenied, parseConnInfo, parsePeer, parseSlowUser, parseUserAtAddress } from "#tidb/peer.ts";
import { connectionKey, identitySet, Session, type SessionTable } from "./session-table.ts";

/** Lines that tell who a client is, by their message. All are TiDB's own and quote what a client wrote. */
const ON_CONN = "Server.onConn handshake";
const LOGIN_FAILURES = new Set([
  ON_CONN,
  "open new session or authentication failure",
  "failed to check the user authplugin",
]);
const DISPATCH_FAILED = "command dispatched failed";
const CRUCIAL = "CRUCIAL OPERATION";
const STARTED = "Welcome to TiDB.";
const MESSAGES = [...LOGIN_FAILURES, DISPATCH_FAILED, CRUCIAL, STARTED];

/** Learns identities from a batch of parsed TiDB lines and joins them to the lines that have only a connection id. */
export class SessionJoin {
  readonly #table: SessionTable;
  #stamp = 0;

  constructor(table: SessionTable) {
    this.#table = table;
  }

  join(batch: ColumnBatch, instance: string): ColumnBatch {
    const one = new BatchJoin(this.#table, batch, instance, ++this.#stamp);
    const layer = one.run();
    return layer === undefined ? batch : batch.withLayer(layer);
  }
}

class BatchJoin {
  readonly #table: SessionTable;
  readonly #batch: ColumnBatch;
  readonly #columns: Columns;
  readonly #instance: string;
  readonly #stamp: number;
  readonly #sets: AttributeSet[] = [];
  readonly #index: Uint32Array;
  readonly #conn: number;
  readonly #user: number;

  constructor(table: SessionTable, batch: ColumnBatch, instance: string, stamp: number) {
    this.#table = table;
    this.#batch = batch;
    this.#columns = batch.columns;
    this.#instance = instance;
    this.#stamp = stamp;
    this.#index = new Uint32Array(batch.size);
    this.#conn = this.#columns.keys.find("tidb.conn");
    this.#user = this.#columns.keys.find("tidb.user");
  }

  run(): OverlayLayer | undefined {
    const { count, event, eventNames } = this.#columns;
    const general = eventNames.indexOf("tidb.general_query");
    const slow = eventNames.indexOf("tidb.slow_query");
    let sessions = this.#table.instance(this.#instance);
    for (let i = 0; i < count; i++) {
      if (this.#columns.fieldFrom[i] === this.#columns.fieldTo[i]) continue;
      const kind = event[i];
      const message = kind === general || kind === slow ? undefined : this.#message(i);
      if (message === STARTED) {
        this.#table.forget(this.#instance);
        sessions = this.#table.instance(this.#instance);
        continue;
      }
      if (message !== undefined && LOGIN_FAILURES.has(message)) {
        this.#loginFailure(i);
        continue;
      }
      const slot = this.#slot(i, this.#conn);
      if (slot < 0) continue;
      const connection = this.#connection(slot);
      const known = sessions.get(connection);
      let session = known;
      if (kind === general) session = this.#general(i, connection, session);
      else if (message === DISPATCH_FAILED) session = this.#dispatchFailed(i, connection, session);
      else if (message === CRUCIAL && session === undefined) this.#account(i);
      else if (kind === slow && session === undefined) this.#slow(i);
      if (session === undefined) continue;
      if (session === known || isSamePerson(session, known)) this.#put(i, session);
      else this.#add(i, identitySet(session.identity, true));
    }
    return this.#sets.length === 0 ? undefined : { sets: this.#sets, index: this.#index };
  }

  #general(i: number, connection: number | string, known: Session | undefined): Session | undefined {
    const slot = this.#slot(i, this.#user);
    if (slot < 0) return known;
    const { bytes, fields } = this.#columns;
    const from = fields[slot + 1] as number;
    const to = fields[slot + 2] as number;
    if (known?.source !== undefined && spells(bytes, from, to, known.source)) return known;
    const identity = parseUserAtAddress(this.#text(i, "tidb.user"));
    if (identity === undefined) return known;
    const port = known?.identity.address === identity.address ? known?.identity.port : undefined;
    return this.#learn(connection, new Session({ ...identity, port }, bytes.toString("latin1", from, to)));
  }

  #dispatchFailed(i: number, connection: number | string, known: Session | undefined): Session | undefined {
    const identity = parseConnInfo(this.#text(i, "tidb.connInfo"));
    if (identity === undefined) return known;
    const unchanged = known?.identity.user === identity.user && known.identity.port === identity.port;
    return unchanged && known.identity.address === identity.address
      ? known
      : this.#learn(connection, new Session(identity, undefined));
  }

  /** The line's account (`root@%`) names the user; its host is the grant's, not the client's. */
  #account(i: number): void {
    const identity = parseUserAtAddress(this.#text(i, "tidb.user"));
    if (identity !== undefined) this.#add(i, identitySet({ ...identity, address: undefined }));
  }

  /**
   * A slow-log entry names its own user and address. It teaches the table nothing: its values are not escaped, so a
   * client that gets a line feed into one of them could write an entry about somebody else.
   */
  #slow(i: number): void {
    const identity = parseSlowUser(this.#text(i, "tidb.User@Host"));
    if (identity !== undefined) this.#add(i, identitySet(identity, true));
  }

  /** The connection ends here: it tells of this line only. */
  #loginFailure(i: number): void {
    const denied = parseAccessDenied(this.#text(i, "error.message"));
    const peer = parsePeer(this.#text(i, "tidb.remote_addr"));
    if (denied === undefined && peer === undefined) return;
    const address = peer?.address ?? denied?.address;
    this.#add(i, identitySet({ user: denied?.user ?? "", address, port: peer?.port }));
  }

  #learn(connection: number | string, session: Session): Session {
    this.#table.set(this.#instance, connection, session, this.#stamp);
    return session;
  }

  #put(i: number, session: Session): void {
    if (session.stamp !== this.#stamp) {
      session.stamp = this.#stamp;
      session.position = this.#sets.push(session.set);
    }
    this.#index[i] = session.position;
  }

  #add(i: number, set: AttributeSet): void {
    if (set.names.length > 0) this.#index[i] = this.#sets.push(set);
  }

  #slot(i: number, key: number): number {
    if (key === NO_KEY) return -1;
    const { fields } = this.#columns;
    const to = (this.#columns.fieldTo[i] as number) * FIELD_SLOTS;
    for (let slot = (this.#columns.fieldFrom[i] as number) * FIELD_SLOTS; slot < to; slot += FIELD_SLOTS) {
      if (fields[slot] === key && ((fields[slot + 3] as number) & KIND_MASK) === 0) return slot;
    }
    return -1;
  }

  #connection(slot: number): number | string {
    const { bytes, fields } = this.#columns;
    const from = fields[slot + 1] as number;
    const to = fields[slot + 2] as number;
    if (to - from > 15) return connectionKey(bytes.toString("latin1", from, to));
    let value = 0;
    for (let at = from; at < to; at++) value = value * 10 + ((bytes[at] as number) - 0x30);
    return value;
  }

  /** The record's message when it is one that matters here. */
  #message(i: number): string | undefined {
    const slot = this.#columns.body[i] as number;
    const { bytes, fields } = this.#columns;
    if (slot < 0 || ((fields[slot + 3] as number) & KIND_MASK) !== 0) return undefined;
    const from = fields[slot + 1] as number;
    const to = fields[slot + 2] as number;
    return MESSAGES.find((message) => spells(bytes, from, to, message));
  }

  #text(i: number, name: string): string {
    const value = this.#batch.at(i).attribute(name);
    return typeof value === "string" ? value : "";
  }
}

/** What was learnt is about the same connection as before: a port, mostly. */
function isSamePerson(session: Session, known: Session | undefined): boolean {
  return known?.identity.user === session.identity.user && known.identity.address === session.identity.address;
}

/** The bytes are the characters of `text`, all below 256. */
function spells(bytes: Buffer, from: number, to: number, text: string): boolean {
  if (text.length !== to - from) return false;
  for (let k = 0; k < text.length; k++) if (text.charCodeAt(k) !== bytes[from + k]) return false;
  return true;
}
