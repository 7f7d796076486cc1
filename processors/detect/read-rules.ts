import { glob, readFile } from "node:fs/promises";
import { ConfigError, type ConfigIssue } from "#core/errors.ts";
import type { RuleFile } from "#sigma/load-rules.ts";

/** Reads the rule files that the patterns name, in the order of their paths. @throws ConfigError for a pattern without a file. */
export async function readRules(patterns: readonly string[]): Promise<RuleFile[]> {
  const paths = new Set<string>();
  const issues: ConfigIssue[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const found: string[] = [];
    for await (const path of glob(pattern)) found.push(path);
    if (found.length === 0) issues.push({ path: ["rules", index], message: `"${pattern}" matches no file` });
    for (const path of found) paths.add(path);
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return Promise.all([...paths].sort().map(async (path) => ({ path, text: await readFile(path, "utf8") })));
}
