import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "#test/support/temp-dir.ts";
import { COMPONENT_LISTS } from "../component-lists.ts";
import { checkConfig } from "./check-config.ts";
import { loadConfig } from "./load.ts";
import { toPlain } from "./located.ts";
import { ConfigurationError } from "./placed-issue.ts";

const NO_ENV = (): undefined => undefined;

/** What is wrong with a configuration, a line per mistake. */
function mistakes(yaml: string, env: (name: string) => string | undefined = NO_ENV): string[] {
  try {
    const { root } = loadConfig({ configs: ["env:CONFIG"], sets: [] }, (name) =>
      name === "CONFIG" ? yaml : env(name),
    );
    checkConfig(root, COMPONENT_LISTS);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.message.split("\n").map((line) => line.replace("env:CONFIG:", ""));
  }
}

const VALID = `receivers:
  file_log: { include: [a.log] }
exporters:
  debug:
service:
  pipelines:
    logs: { receivers: [file_log], exporters: [debug] }
`;

test("a configuration without mistakes is taken, components without settings too", () => {
  assert.deepEqual(mistakes(VALID), []);
});

test("five mistakes are all told at once, each with line, column, what was expected and the nearest valid name", () => {
  const found = mistakes(`receivers:
  file_log:
    include: [a.log]
    start_att: beginning
  filelogs: {}
exporters:
  debug: { verbosity: detaled }
  file: { path: 7 }
service:
  pipelines:
    logs: { receivers: [file_log], exporters: [debgu, debug] }
`);
  assert.equal(found.length, 5, found.join("\n"));
  const expected = [
    /^4:5: receivers::file_log::start_att: unknown key "start_att"; valid keys: include, .*; did you mean "start_at"\?$/,
    /^5:3: receivers::filelogs: unknown type "filelogs" in receivers; valid types: .*; did you mean "file_log"\?$/,
    /^7:23: exporters::debug::verbosity: expected one of basic, normal, detailed, got "detaled"; did you mean "detailed"\?$/,
    /^8:17: exporters::file::path: expected string, received number \(7\)$/,
    /^11:48: service::pipelines::logs::exporters::0: "debgu" is not configured in exporters; did you mean "debug"\?$/,
  ];
  for (const pattern of expected)
    assert.ok(
      found.some((line) => pattern.test(line)),
      `${pattern}\n${found.join("\n")}`,
    );
});

test("mistakes of structure are told with their place", () => {
  for (const [yaml, pattern] of [
    ["", /the configuration is empty/],
    ["receivers: {}\n", /the section service is missing/],
    ["exporter: {}\nservice: {}\n", /unknown section "exporter".*did you mean "exporters"/],
    [VALID.replace("debug:", "debug/:"), /"debug\/" has no name after the slash/],
    [VALID.replace("debug:", "de-bug:"), /is no component type/],
    [VALID.replace("logs:", "log:"), /pipeline "log" has no known signal/],
    [VALID.replace("[debug]", "[]"), /a pipeline needs at least one exporter/],
    [
      VALID.replace("exporters: [debug]", "processors: [tidb, tidb], exporters: [debug]").replace(
        "exporters:\n",
        "processors:\n  tidb:\nexporters:\n",
      ),
      /"tidb" is listed twice/,
    ],
    [
      VALID.replace("include: [a.log]", "include: [a.log], storage: file_storage"),
      /"file_storage" is not in service::extensions/,
    ],
    [
      VALID.replace("service:\n", "service:\n  extensions: [file_storage]\n"),
      /"file_storage" is not configured in extensions/,
    ],
    ["a: 1\na: 2\n", /Map keys must be unique/],
    ["a: [", /./],
  ] as const) {
    const found = mistakes(yaml);
    assert.ok(
      found.some((line) => pattern.test(line) && /^\d+:\d+: /.test(line)),
      `${pattern}\n${found.join("\n")}`,
    );
  }
});

test("records that would run in a circle are refused, with the way they would take", () => {
  const found = mistakes(`receivers: { file_log: { include: [a] } }
processors: { detect: { rules: [r] }, detect/2: { rules: [r] } }
exporters: { debug: }
service:
  pipelines:
    logs/a: { receivers: [file_log, detect/2], processors: [detect], exporters: [debug] }
    logs/b: { receivers: [detect], processors: [detect/2], exporters: [debug] }
`);
  assert.ok(
    found.some((line) => line.includes("circle: logs/a -> logs/b -> logs/a")),
    found.join("\n"),
  );
});

test("references are replaced in values only, a string setting gets the text as it stands, and defaults apply", () => {
  const env = (name: string): string | undefined => ({ PIN: "0123", EVIL: "x\nexporters: {}", N: "7" })[name];
  const plain = (text: string): unknown => {
    const { root } = loadConfig({ configs: ["env:CONFIG"], sets: [] }, (name) =>
      name === "CONFIG" ? text : env(name),
    );
    return toPlain(root);
  };
  assert.deepEqual(plain("a: ${env:N}"), { a: 7 });
  assert.deepEqual(plain("a: x-${N}-${env:MISSING:-def}"), { a: "x-7-def" });
  assert.deepEqual(plain("a: $$HOME and $HOME"), { a: "$HOME and $HOME" });
  assert.deepEqual(plain("a: p-${EVIL}"), { a: "p-x\nexporters: {}" });
  assert.deepEqual(plain("a: ${env:${yaml:N}}"), { a: 7 });
  assert.deepEqual(
    mistakes(VALID.replace("debug:", "file: { path: '${env:PIN}' }").replace("[debug]", "[file]"), env),
    [],
  );
  assert.match(mistakes(VALID.replace("a.log", "'${foo:bar}'"))[0] ?? "", /unknown reference scheme "foo"/);
});

test("later files are merged over earlier ones, lists replaced, null erases, and --set has the last word", async () => {
  await using dir = await tempDir();
  const one = join(dir.path, "one.yaml");
  const two = join(dir.path, "two.yaml");
  await writeFile(one, "a: { x: 1, list: [1, 2], gone: { b: 1 } }\n");
  await writeFile(two, "a: { y: 2, list: [3], gone: null }\n");
  const { root } = loadConfig(
    { configs: [one, `file:${two}`, "yaml:a::z: deep"], sets: ["a.x=[9]", "b::c.d=true"] },
    NO_ENV,
  );
  assert.deepEqual(toPlain(root), { a: { x: [9], list: [3], gone: null, y: 2, z: "deep" }, b: { "c.d": true } });
  assert.throws(
    () => loadConfig({ configs: [join(dir.path, "none.yaml")], sets: [] }, NO_ENV),
    /none\.yaml:1:1: cannot read the configuration/,
  );
  assert.throws(() => loadConfig({ configs: [], sets: ["nonsense"] }, NO_ENV), /--set:1:1: expected key=value/);
});

test("old names of component types are taken with a warning", () => {
  const { root } = loadConfig({ configs: ["env:C"], sets: [] }, () => VALID.replaceAll("file_log", "filelog"));
  const { warnings, receivers } = checkConfig(root, COMPONENT_LISTS);
  assert.deepEqual([...receivers.keys()], ["filelog"]);
  assert.match(warnings[0]?.message ?? "", /"filelog" is an old name, write "file_log"/);
});
