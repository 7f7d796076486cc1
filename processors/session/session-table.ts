import * as z from "zod";
import { AttributeSet, type AttributeValue } from "#core/attributes.ts";
import type { Identity } from "#tidb/peer.ts";

/** What is known of one connection. Strings are copies: a session outlives the batch that told of it. */
export class Session {
  readonly set: AttributeSet;
  readonly identity: Identity;
  /** Raw bytes that told the identity, one character each, to see cheaply that the next line says the same. */
  readonly source: string | undefined;
  /** Position of `set` in the layer of batch number `stamp`. */
  stamp = -1;
  position = 0;

  constructor(identity: Identity, source: string | undefined) {
    this.identity = identity;
    this.source = source;
    this.set = identitySet(identity);
  }
}

/** Marks the first record that shows a connection at work: whoever opened it has logged in. */
const FIRST_SEEN = "tidewatch.session.first_seen";

export function identitySet(identity: Identity, isFirst = false): AttributeSet {
  const attributes: Record<string, AttributeValue> = {};
  if (identity.user !== "") attributes["user.name"] = identity.user;
  if (identity.address !== undefined) attributes["client.address"] = identity.address;
  if (identity.port !== undefined) attributes["client.port"] = identity.port;
  if (isFirst) attributes[FIRST_SEEN] = true;
  return new AttributeSet(attributes);
}

const savedSessions = z.object({
  version: z.literal(1),
  sessions: z.array(
    z.object({
      instance: z.string(),
      connection: z.string(),
      user: z.string(),
      address: z.string().optional(),
      port: z.string().optional(),
    }),
  ),
});

/** Connections looked at before one is evicted: those in use get a second chance. */
const SECOND_CHANCES = 32;

/**
 * Connection -> who and from where, per instance. Bounded: when full, the oldest connection that no recent batch used
 * goes. Ids are numbers where they fit one exactly, and text above 2^53.
 */
export class SessionTable {
  readonly #max: number;
  readonly #instances = new Map<string, Map<number | string, Session>>();
  #count = 0;
  evicted = 0;

  constructor(maxSessions: number) {
    this.#max = maxSessions;
  }

  get size(): number {
    return this.#count;
  }

  /** The connections of one instance; stays valid until the instance is forgotten. */
  instance(name: string): Map<number | string, Session> {
    let sessions = this.#instances.get(name);
    if (sessions === undefined) {
      sessions = new Map();
      this.#instances.set(name, sessions);
    }
    return sessions;
  }

  /** Adds or replaces; `stamp` is the number of the current batch. */
  set(instance: string, connection: number | string, session: Session, stamp: number): void {
    const sessions = this.instance(instance);
    if (!sessions.has(connection)) {
      if (this.#count >= this.#max) this.#evict(stamp);
      this.#count++;
    }
    sessions.set(connection, session);
  }

  /** The instance started anew: its connection ids begin again. */
  forget(instance: string): void {
    this.#count -= this.#instances.get(instance)?.size ?? 0;
    this.#instances.delete(instance);
  }

  /** All connections as JSON data. */
  save(): z.input<typeof savedSessions> {
    const sessions = [...this.#instances].flatMap(([instance, known]) =>
      [...known].map(([connection, { identity }]) => ({ instance, connection: String(connection), ...identity })),
    );
    return { version: 1, sessions };
  }

  /** Adds what `save` gave; a text says why it is unusable. */
  restore(saved: unknown): string | undefined {
    const parsed = savedSessions.safeParse(saved);
    if (!parsed.success) return parsed.error.message;
    for (const { instance, connection, user, address, port } of parsed.data.sessions) {
      this.set(instance, connectionKey(connection), new Session({ user, address, port }, undefined), 0);
    }
    return undefined;
  }

  #evict(stamp: number): void {
    let largest: Map<number | string, Session> | undefined;
    for (const sessions of this.#instances.values()) {
      if (largest === undefined || sessions.size > largest.size) largest = sessions;
    }
    if (largest === undefined) return;
    let looked = 0;
    for (const [connection, session] of largest) {
      largest.delete(connection);
      if (session.stamp >= stamp - 16 && ++looked < SECOND_CHANCES) {
        largest.set(connection, session);
        continue;
      }
      this.#count--;
      this.evicted++;
      return;
    }
  }
}

/** The key of a connection id in decimal text. */
export function connectionKey(text: string): number | string {
  return text.length <= 15 ? Number(text) : text;
}
