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
  const [ca, cert, key] = await Promise.all([tls?.ca_file, tls?.cert_file, tls?.key_file].map(readIfGiven));
  return createTidbAdmin({
    ...endpoint,
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
