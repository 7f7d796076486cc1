import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

/** The floors of the house: imports go down only, type imports included. */
const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  kit: 1,
  sigma: 1,
  tidb: 1,
  ottl: 1,
  store: 1,
  receivers: 2,
  processors: 2,
  exporters: 2,
  playbooks: 2,
  extensions: 2,
  service: 4,
  "main.ts": 5,
};

interface Arrow {
  readonly from: string;
  readonly to: string;
}

const root = new URL("..", import.meta.url).pathname;
const files = globSync("**/*.ts", {
  cwd: root,
  exclude: (name) => name === "node_modules" || name === ".cache" || name === "data",
});

const floorOf = (file: string): number | undefined => FLOORS[file.split("/")[0] ?? ""];
const isTest = (file: string): boolean =>
  file.endsWith(".test.ts") || file.startsWith("test/") || file.startsWith("bench/");

/** A component is a folder on floor 2; playbooks is one house of its own. */
function componentOf(file: string): string {
  const [top = "", name = ""] = file.split("/");
  return top === "playbooks" ? top : `${top}/${name}`;
}

function arrowsOf(file: string): Arrow[] {
  const text = readFileSync(join(root, file), "utf8");
  const imports = text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g);
  return [...imports].flatMap(([, fromStatement, dynamic]) => {
    const target = fromStatement ?? dynamic ?? "";
    if (target.startsWith("#")) return [{ from: file, to: target.slice(1) }];
    return target.startsWith(".") ? [{ from: file, to: normalize(join(dirname(file), target)) }] : [];
  });
}

const arrows = files.filter((file) => !isTest(file)).flatMap(arrowsOf);

test("the check sees the house: many files, many imports, every imported file exists", () => {
  assert.ok(files.length > 80, `only ${files.length} files`);
  assert.ok(arrows.length > 200, `only ${arrows.length} imports`);
  const known = new Set(files);
  assert.deepEqual(
    arrows.filter(({ to }) => to.endsWith(".ts") && !known.has(to)),
    [],
  );
});

test("every folder with sources is on a floor", () => {
  const without = files.filter((file) => !isTest(file) && floorOf(file) === undefined);
  assert.deepEqual(without, []);
});

test("no import runs up, and none into tests", () => {
  const wrong = arrows.filter(({ from, to }) => (floorOf(to) ?? Number.POSITIVE_INFINITY) > (floorOf(from) ?? 0));
  assert.deepEqual(wrong, []);
});

test("libraries of one floor do not know each other, and components never do", () => {
  const wrong = arrows.filter(({ from, to }) => {
    if (floorOf(from) === 1 && floorOf(to) === 1) return from.split("/")[0] !== to.split("/")[0];
    if (floorOf(from) !== 2 || floorOf(to) !== 2) return false;
    // The explicit lists import every component of their kind.
    return from.split("/").length > 2 && componentOf(from) !== componentOf(to);
  });
  assert.deepEqual(wrong, []);
});

test("no file imports itself through others", () => {
  const targets = new Map<string, string[]>();
  for (const { from, to } of arrows) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of targets.get(file) ?? []) {
      const circle = visit(next, [...trail, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) assert.equal(visit(file, []), undefined);
});

test("no source file is over 300 lines of code", () => {
  const code = (file: string): number => {
    const text = readFileSync(join(root, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
    return text.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
  };
  assert.deepEqual(
    files.filter((file) => code(file) > 300).map((file) => `${file}: ${code(file)}`),
    [],
  );
});
