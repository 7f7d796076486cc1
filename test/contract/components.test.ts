import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Component } from "#core/component.ts";
import type { Consumer } from "#core/consumer.ts";
import { ConfigError } from "#core/errors.ts";
import type { AnyFactory } from "#core/factory.ts";
import { COMPONENT_LISTS } from "#service/component-lists.ts";
import { loadConfig } from "#service/config/load.ts";
import { toPlain } from "#service/config/located.ts";
import { componentDocs, folderOf } from "#service/docs/component-docs.ts";
import { configSchema } from "#service/docs/config-schema.ts";
import { fakeContext } from "#test/support/fake-context.ts";

const NEXT: Consumer = { consume: () => Promise.resolve() };
const factories: readonly AnyFactory[] = Object.values(COMPONENT_LISTS).flat();

function build(factory: AnyFactory, raw: unknown): Component {
  const context = fakeContext({ id: factory.type });
  if (factory.kind === "receiver") return factory.prepare(raw)(context, NEXT);
  if (factory.kind === "processor") return factory.prepare(raw)(context, NEXT, NEXT);
  if (factory.kind === "exporter") return factory.prepare(raw)(context);
  return factory.prepare(raw)(context);
}

/** Settings of the example in a component's README. */
function exampleOf(factory: AnyFactory): unknown {
  const readme = readFileSync(new URL(`../../${folderOf(factory)}/README.md`, import.meta.url), "utf8");
  const block = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(block, `${factory.type}: README.md has no YAML example`);
  const env = (name: string): string => (name === "EXAMPLE" ? block : "https://example.com/value");
  const { root } = loadConfig({ configs: ["env:EXAMPLE"], sets: [] }, env);
  const example = toPlain(root) as Record<string, Record<string, unknown>>;
  return example[`${factory.kind}s`]?.[factory.type];
}

test("the lists hold what there is", () => {
  assert.ok(factories.length >= 12, `only ${factories.length} components`);
  const types = factories.map(({ kind, type }) => `${kind} ${type}`);
  assert.equal(new Set(types).size, types.length, "a type is listed twice");
});

for (const factory of factories) {
  const name = `${factory.kind} ${factory.type}`;

  test(`${name}: lives in a folder of its name, with a README that is up to date`, () => {
    assert.match(factory.type, /^[a-z][a-z0-9_]*$/);
    const [kind, folder] = folderOf(factory).split("/");
    // The response brings an exporter and an extension of its own, in its own house.
    if (kind !== "playbooks") assert.equal(folder, factory.type);
    assert.ok(existsSync(new URL(`../../${folderOf(factory)}/index.ts`, import.meta.url)));
    const path = new URL(`../../${folderOf(factory)}/README.md`, import.meta.url);
    assert.equal(readFileSync(path, "utf8"), componentDocs(factory, readFileSync(path, "utf8")), "run npm run docs");
  });

  test(`${name}: the README's example is a valid configuration`, () => {
    factory.prepare(exampleOf(factory));
  });

  test(`${name}: a key that does not exist is refused and named`, () => {
    const raw = { ...(exampleOf(factory) as object | null), no_such_key: 1 };
    assert.throws(
      () => factory.prepare(raw),
      (error) => error instanceof ConfigError && error.issues.some(({ path }) => path.at(-1) === "no_such_key"),
    );
  });

  test(`${name}: building starts nothing, and shutdown is safe before start and twice`, async () => {
    const component = build(factory, exampleOf(factory));
    await component.shutdown?.(AbortSignal.timeout(1000));
    await component.shutdown?.(AbortSignal.timeout(1000));
  });
}

test("the schema for editors is the one that the components have", () => {
  const written = readFileSync(new URL("../../config/tidewatch.schema.json", import.meta.url), "utf8");
  assert.deepEqual(JSON.parse(written), JSON.parse(JSON.stringify(configSchema())), "run npm run docs");
});

test("the schema for editors refers to nothing that is not in it", () => {
  assert.ok(
    !JSON.stringify(configSchema()).includes('"$ref"'),
    "a reference within a component's schema leads nowhere here",
  );
});
