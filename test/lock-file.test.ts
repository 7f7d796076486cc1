import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, string>
>;

test("every optional dependency in the lock file has its entry, so that npm ci works on every platform", () => {
  const entries = Object.entries(lock.packages);
  assert.ok(entries.length > 100, "found almost no packages: the check is blind");
  const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
    ),
  );
  assert.deepEqual(missing, []);
});

test("the lock file names no address to download from", () => {
  assert.deepEqual(
    Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined),
    [],
  );
});

test("every dependency is pinned to one version, and named in the decision about dependencies", () => {
  const decision = readFileSync(new URL("../docs/decisions/0002-dependencies.md", import.meta.url), "utf8");
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/, name);
  }
  for (const name of Object.keys(manifest.dependencies ?? {})) assert.ok(decision.includes(`\`${name}\``), name);
});
