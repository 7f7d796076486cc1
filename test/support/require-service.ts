import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";

/** Where `install-services.sh` puts what the system's packages do not have. */
const CACHE = process.env.TIDEWATCH_SERVICES ?? join(import.meta.dirname, "../../.cache/services");

const SERVICES = {
  tidb: () => findProgram("tidb-server"),
  redis: () => findProgram("redis-server"),
  kafka: () => (hasJars(kafkaJars()) ? findProgram("java") : undefined),
  nftables: () => (process.getuid?.() === 0 && findProgram("unshare") !== undefined ? findProgram("nft") : undefined),
  openssl: () => findProgram("openssl"),
} as const;

export type ServiceName = keyof typeof SERVICES;

/**
 * Whether a test may use this service. If not, the test is marked as skipped with the reason and must return; with
 * TIDEWATCH_REQUIRE_SERVICES=1 it fails instead, so that CI cannot skip by accident.
 */
export function requireService(t: TestContext, name: ServiceName): boolean {
  if (process.env.TIDEWATCH_SKIP_SERVICES === "1") {
    t.skip(`needs a real ${name}: npm run test:services`);
    return false;
  }
  if (SERVICES[name]() !== undefined) return true;
  const reason = `${name} is not installed (test/support/install-services.sh installs it)`;
  if (process.env.TIDEWATCH_REQUIRE_SERVICES === "1") throw new Error(reason);
  t.skip(reason);
  return false;
}

/** Path of the service's program. @throws when it is missing: ask `requireService` first. */
export function programOf(name: ServiceName): string {
  const path = SERVICES[name]();
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

export function kafkaJars(): string {
  return join(CACHE, "kafka", "lib");
}

function hasJars(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("kafka_"));
}

function findProgram(name: string): string | undefined {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [CACHE, ...path].map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
