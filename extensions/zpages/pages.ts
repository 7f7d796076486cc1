import type { ComponentKind, Host } from "#core/status.ts";

/** What can be looked at, as data: the HTML and the JSON say the same. */
export interface DebugPage {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export const PAGES: Readonly<Record<string, (host: Host) => DebugPage>> = {
  "/debug/servicez": (host) => ({
    title: "Service",
    rows: [
      {
        version: host.version,
        started: new Date(host.startedMs).toISOString(),
        ready: String(host.ready),
        node: process.version,
        pid: String(process.pid),
      },
    ],
  }),
  "/debug/pipelinez": pipelines,
  "/debug/pipelines": pipelines,
  "/debug/extensionz": (host) => ({
    title: "Extensions",
    rows: host.extensions.map((id) => part(host, "extension", id)),
  }),
};

function pipelines(host: Host): DebugPage {
  return {
    title: "Pipelines",
    rows: [...host.pipelines].flatMap(([pipeline, { receivers, processors, exporters }]) => [
      ...receivers.map((id) => ({ pipeline, ...part(host, "receiver", id) })),
      ...processors.map((id) => ({ pipeline, ...part(host, "processor", id, pipeline) })),
      ...exporters.map((id) => ({ pipeline, ...part(host, "exporter", id) })),
    ]),
  };
}

function part(host: Host, kind: ComponentKind, id: string, pipeline?: string): Record<string, string> {
  const status = host.statusOf({ kind, id, pipeline });
  return {
    kind,
    id,
    status: status?.status ?? "none",
    since: status === undefined ? "" : new Date(status.sinceMs).toISOString(),
    error: status?.error ?? "",
  };
}

/** The page as HTML. Every value is text: errors may quote what strangers sent. */
export function toHtml({ title, rows }: DebugPage): string {
  const names = Object.keys(rows[0] ?? {});
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return `<!doctype html><meta charset="utf-8"><title>${escapeHtml(title)} - Tidewatch</title>
<style>body{font:14px system-ui;margin:2em}td,th{text-align:left;padding:.2em 1em .2em 0;border-bottom:1px solid #ddd}</style>
<p>${Object.keys(PAGES)
    .filter((path) => path !== "/debug/pipelines")
    .map((path) => `<a href="${path}">${path}</a>`)
    .join(" · ")}</p>
<h1>${escapeHtml(title)}</h1>
<table>${row(names, "th")}${rows.map((cells) => row(Object.values(cells), "td")).join("")}</table>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
