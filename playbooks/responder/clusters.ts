import { readFile } from "node:fs/promises";
import { PermanentError } from "#core/errors.ts";
import type { TidbAdmin } from "#tidb/admin/admin.ts";
import { createTidbAdmin } from "#tidb/admin/mysql-admin.ts";
import type { ClusterConfig } from "./config.ts";

/** The clusters that the responder may act on, by name. */
export interface Clusters {
  /** @throws PermanentError when there is none of this name. */
  get(name: string): TidbAdmin;
  close(): Promise<void>;
}

const DEFAULT_PORT = 4000;

/** Reads the certificates. Connects to nothing: an admin does that when it is asked something. */
export async function openClusters(configs: Readonly<Record<string, ClusterConfig>>): Promise<Clusters> {
  const admins = new Map<string, TidbAdmin>();
  for (const [name, config] of Object.entries(configs)) admins.set(name, await openCluster(config));
  return {
    get(name) {
      const admin = admins.get(name);
      if (admin === undefined) throw new PermanentError(`there is no cluster "${name}"`, { code: "unknown_cluster" });
      return admin;
    },
    async close() {
      await Promise.all([...admins.values()].map((admin) => admin.close()));
    },
  };
}

async function openCluster({ endpoint, username, password, tls, timeout }: ClusterConfig): Promise<TidbAdmin> {
  const { host, port } = parseEndpoint(endpoint);
  const [ca, cert, key] = await Promise.all([tls?.ca_file, tls?.cert_file, tls?.key_file].map(readIfGiven));
  return createTidbAdmin({
    host,
    port,
    user: username,
    password,
    tls: tls && { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    connectTimeoutMs: timeout,
    queryTimeoutMs: timeout,
  });
}

async function readIfGiven(path: string | undefined): Promise<Buffer | undefined> {
  return path === undefined ? undefined : readFile(path);
}

/** `host:port`, `host`, or `[v6]:port`. */
function parseEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const url = URL.parse(`tcp://${endpoint}`);
  if (url === null || url.hostname === "") {
    throw new PermanentError(`expected host:port for a cluster's endpoint, got "${endpoint}"`, {
      code: "bad_endpoint",
    });
  }
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  return { host, port: url.port === "" ? DEFAULT_PORT : Number(url.port) };
}
