import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGroup } from "./compile-group.ts";
import { mistakesIn } from "#test/ottl/run-statement.ts";

/** Statements and what is said about them: line:column, what is wrong, the nearest name. */
const MISTAKES: readonly (readonly [string, string])[] = [
  ["", "1:1 expected an editor such as set(...), but the text ends"],
  ["set", "1:4 expected ( behind the editor set, but the text ends"],
  ["Set(body, 1)", '1:1 a statement starts with an editor, whose name is in lower case, not "Set"'],
  ["sett(body, 1)", '1:1 unknown editor "sett" (did you mean set?)'],
  ["set(body, 1) were true", '1:14 expected where, or the end, but found "were"'],
  ["set(body 1)", '1:10 expected ), but found "1"'],
  ["set(bodi, 1)", '1:5 unknown path "bodi" in the context log; valid: '],
  ['set(log.atributes["a"], 1)', '1:9 unknown path "atributes" in the context log; valid: '],
  [
    'set(attributes["a"], 1) where\n  resource.atributes["b"] == 1',
    '2:12 unknown path "atributes" in the context resource; valid: attributes',
  ],
  ['set(attributes["a"], Conkat(["a"], ""))', '1:22 unknown converter "Conkat" (did you mean Concat?)'],
  [
    'set(attributes["a"], SEVERITY_NUMBER_WARM)',
    '1:22 unknown name "SEVERITY_NUMBER_WARM" (did you mean SEVERITY_NUMBER_WARN?)',
  ],
  ['set(attributes["a"], "\\d")', "1:23 unknown escape \\d; write \\\\d for a backslash and d"],
  ['set(attributes["a], 1)', '1:16 this string has no closing "'],
  ["set(attributes['a'], 1)", '1:16 unexpected character "\'"; strings stand between "'],
  ['set(attributes["a"], 1) where body = "x"', "1:36 write == to compare"],
  ['set(attributes["a"], 1) where body && true', '1:36 unexpected character "&"; write and'],
  [
    'set(attributes["a"], 1) where body',
    "1:31 a condition is a comparison, a converter that gives a bool, true or false",
  ],
  ['set(attributes["a"], 1) where', "1:30 expected a value, but the text ends"],
  ['set(attributes["a"], body == 1)', "1:22 a condition cannot stand where a value is needed"],
  ['set(attributes["a"], 9223372036854775808)', "1:22 the number does not fit into 64 bits"],
  ['set(attributes["a"], 0x123)', "1:22 bytes are 0x and an even number of hexadecimal digits"],
  ['set(attributes["a"])', "1:1 set(target, value) lacks value"],
  ['set(attributes["a"], 1, 2)', "1:25 one argument too many; set takes target, value"],
  [
    'set(target = attributes["a"], valeu = 1)',
    '1:31 unknown argument "valeu"; set takes target, value (did you mean value?)',
  ],
  ["set(1, 2)", '1:5 target must be a path, such as log.attributes["key"]'],
  ["set(dropped_attributes_count, 1)", "1:5 this field can only be read"],
  ["set(severity_number[0], 1)", "1:5 severity_number cannot be indexed"],
  [
    "set(resource, 1)",
    "1:5 resource is no value; name a field of it: attributes, dropped_attributes_count, schema_url, cache",
  ],
  [
    'delete_matching_keys(attributes, "(")',
    "1:34 pattern: not a regular expression of the RE2 syntax: missing closing ): `(`",
  ],
  ["delete_matching_keys(attributes, body)", "1:34 pattern must be a string that is written in the statement"],
  ['delete_key(severity_text, "a")', "1:12 target must be a path to a map, such as log.attributes"],
  [
    'merge_maps(attributes, body, "upset")',
    '1:30 strategy must be one of insert, update, upsert, not "upset" (did you mean upsert?)',
  ],
  ['set(body, Time(body, "2006-01-02"))', "1:22 format: has no directive such as %Y; Go layouts are not supported"],
  ['set(body, ExtractPatterns(body, "a"))', "1:33 pattern: has no named group such as (?P<name>...)"],
  ['set(body, Format("%z", []))', "1:18 format_string: unknown verb %z; valid: %s"],
  ['replace_pattern(body, "a", "b", Sha256)', '1:33 unknown converter "Sha256" (did you mean SHA256?)'],
  ['replace_pattern(body, "a", "b", Concat)', "1:33 Concat does not take exactly one value"],
  ["set(body, SHA256)", '1:11 unknown name "SHA256"'],
  ["set(body, ToLowerCase)", "1:11 ToLowerCase is a converter; call it with ("],
  ["set(body, uppercase(body))", '1:11 "uppercase" is an editor or unknown; only converters'],
  ["set(span.name, 1)", '1:5 unknown path "span.name" in the context log'],
];

for (const [statement, expected] of MISTAKES) {
  test(`${JSON.stringify(statement)} is refused at the place of its mistake`, () => {
    const [first = "no mistake", ...others] = mistakesIn(statement);
    assert.ok(first.startsWith(expected), first);
    assert.deepEqual(others, []);
  });
}

test("all mistakes of all texts are found at once", () => {
  const found = compileGroup({
    conditions: ["bodi == 1", "true"],
    statements: ['set(attributes["a"], Conkat(["a", bdy], 1), 2)', "set("],
  });
  assert.ok(Array.isArray(found));
  assert.deepEqual(
    found.map(({ list, index, column }) => [list, index, column]),
    [
      ["conditions", 0, 1],
      ["statements", 0, 45],
      ["statements", 0, 22],
      ["statements", 1, 5],
    ],
  );
});

test("a context that is named decides what a path without prefix means, and what is out of reach", () => {
  const compile = (context: "resource" | "log", statement: string) =>
    compileGroup({ context, conditions: [], statements: [statement] });
  assert.ok("context" in compile("resource", 'set(attributes["a"], 1)'));
  const wrong = compile("resource", "set(log.body, 1)");
  assert.ok(Array.isArray(wrong));
  assert.match(String(wrong[0]?.message), /in the context resource there is no log/);
});

test("the narrowest context that the paths name is taken", () => {
  const contextOf = (...statements: string[]): unknown => {
    const compiled = compileGroup({ conditions: [], statements });
    return "context" in compiled ? compiled.context : compiled;
  };
  assert.equal(contextOf('set(resource.attributes["a"], "b")'), "resource");
  assert.equal(contextOf('set(resource.attributes["a"], "b") where scope.name == "x"'), "scope");
  assert.equal(contextOf('set(resource.attributes["a"], "b")', "set(log.body, 1)"), "log");
  assert.equal(contextOf('set(attributes["a"], "b")'), "log");
  assert.equal(contextOf('set(resource.attributes["a"], resource.attributes[log.body])'), "log");
});
