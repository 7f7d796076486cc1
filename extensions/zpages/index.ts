import * as z from "zod";
import { defineExtension } from "#core/factory.ts";
import { endpoint } from "#kit/schema-types.ts";
import { type HttpPages, serveHttp } from "#kit/serve-http.ts";
import { PAGES, toHtml } from "./pages.ts";

const config = z.strictObject({
  endpoint: endpoint().default("localhost:55679").describe("Address to listen on."),
});

export const zpagesExtension = defineExtension({
  type: "zpages",
  stability: "beta",
  summary: "Pages for people who look into a running Tidewatch: pipelines, components and how they fare.",
  config,
  create: (options, context) => {
    let pages: HttpPages | undefined;
    return {
      async start() {
        pages = await serveHttp(
          options.endpoint,
          (path, query) => {
            const page = Object.hasOwn(PAGES, path) ? PAGES[path]?.(context.host) : undefined;
            if (page === undefined) return undefined;
            // The name without a z is for programs.
            if (path === "/debug/pipelines" || query.get("format") === "json")
              return { type: "application/json", body: `${JSON.stringify(page.rows)}\n` };
            return { type: "text/html; charset=utf-8", body: toHtml(page) };
          },
          `extensions::${context.id}::endpoint`,
        );
        context.log.info({ port: pages.port }, "debug pages are served");
      },
      async shutdown() {
        await pages?.close();
        pages = undefined;
      },
    };
  },
});
