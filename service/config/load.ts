import { readFileSync } from "node:fs";
import { errorMessage } from "#core/errors.ts";
import { expand, type ReferenceSource } from "./expand.ts";
import { type Located, type LocatedMap, merge, withPart } from "./located.ts";
import { parseYaml } from "./parse-yaml.ts";
import { ConfigurationError, type PlacedIssue } from "./placed-issue.ts";

/** What the command line says about the configuration. */
export interface ConfigSources {
  /** `--config`, in order: paths, `file:…`, `env:NAME` or `yaml:…`. */
  readonly configs: readonly string[];
  /** `--set a.b=c`, in order; the last word. */
  readonly sets: readonly string[];
}

export interface LoadedConfig {
  readonly root: Located;
  readonly warnings: readonly PlacedIssue[];
}

/** Reads and merges all sources and expands references. @throws ConfigurationError with every mistake so far. */
export function loadConfig({ configs, sets }: ConfigSources, env: (name: string) => string | undefined): LoadedConfig {
  const source: ReferenceSource = { env, file: (path) => readFileSync(path, "utf8") };
  const issues: PlacedIssue[] = [];
  let root: Located = { kind: "map", place: { source: configs[0] ?? "", line: 1, column: 1 }, entries: new Map() };
  for (const config of configs) {
    const read = readSource(config, source);
    if (typeof read !== "string") {
      issues.push(read);
      continue;
    }
    const parsed = parseYaml(sourceName(config), read);
    issues.push(...parsed.issues);
    if (parsed.value.kind === "map") root = merge(root, config.startsWith("yaml:") ? nest(parsed.value) : parsed.value);
    else if (parsed.issues.length === 0 && !(parsed.value.kind === "scalar" && parsed.value.value === null)) {
      issues.push({
        place: parsed.value.place,
        path: [],
        message: "expected a map of receivers, processors, exporters and service",
      });
    }
  }
  for (const set of sets) {
    const applied = applySet(root, set);
    if ("kind" in applied) root = applied;
    else issues.push(applied);
  }
  const expanded = expand(root, source);
  issues.push(...expanded.issues);
  if (issues.length > 0) throw new ConfigurationError(issues);
  return { root: expanded.value, warnings: expanded.warnings };
}

/** The files among the sources of a configuration, as paths. */
export function configFiles(configs: readonly string[]): string[] {
  return configs.filter((config) => !/^(?:yaml|env):/.test(config)).map(sourceName);
}

function readSource(config: string, source: ReferenceSource): string | PlacedIssue {
  const place = { source: sourceName(config), line: 1, column: 1 };
  try {
    if (config.startsWith("yaml:")) return config.slice(5);
    if (config.startsWith("env:")) {
      const value = source.env(config.slice(4));
      return value ?? { place, path: [], message: `environment variable ${config.slice(4)} is not set` };
    }
    return source.file(config.startsWith("file:") ? config.slice(5) : config);
  } catch (error) {
    return { place, path: [], message: `cannot read the configuration: ${errorMessage(error)}` };
  }
}

/** `yaml:a::b: c` on the command line stands for a map in a map. */
function nest(map: LocatedMap): Located {
  let root: Located = { ...map, entries: new Map() };
  for (const [key, { value }] of map.entries) root = withPart(root, key.split("::"), value);
  return root;
}

function sourceName(config: string): string {
  if (config.startsWith("yaml:")) return "yaml";
  return config.startsWith("file:") ? config.slice(5) : config;
}

/** `a.b.c=value`; the value is YAML. Component ids may hold a slash: `exporters.file/out.path=x`. */
function applySet(root: Located, set: string): Located | PlacedIssue {
  const place = { source: "--set", line: 1, column: 1 };
  const equals = set.indexOf("=");
  if (equals <= 0) return { place, path: [], message: `expected key=value, got "${set}"` };
  const path = set.slice(0, equals).split(set.slice(0, equals).includes("::") ? "::" : ".");
  const parsed = parseYaml("--set", set.slice(equals + 1));
  const problem = parsed.issues[0];
  return problem === undefined ? withPart(root, path, parsed.value) : { ...problem, path };
}
