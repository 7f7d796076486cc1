import { readFileSync } from "node:fs";

/** A row of the table in docs/telemetry.md. */
export interface DocumentedMetric {
  readonly type: string;
  readonly labels: readonly string[];
}

/** The table of metrics, by name as it is served. */
export function documentedMetrics(): ReadonlyMap<string, DocumentedMetric> {
  const page = readFileSync(new URL("../../docs/telemetry.md", import.meta.url), "utf8");
  const rows = page.matchAll(/^\| `([a-z0-9_]+)` \| (counter|gauge|histogram) \|([^|]*)\| [^|]+ \|$/gm);
  return new Map(
    [...rows].map(([, name = "", type = "", labels = ""]) => [
      name,
      { type, labels: [...labels.matchAll(/`([a-z_]+)`/g)].map(([, label = ""]) => label) },
    ]),
  );
}
