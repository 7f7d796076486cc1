import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnyFactory } from "#core/factory.ts";
import { COMPONENT_LISTS } from "../component-lists.ts";
import { componentDocs, folderOf } from "./component-docs.ts";
import { configSchema } from "./config-schema.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const factories: readonly AnyFactory[] = Object.values(COMPONENT_LISTS).flat();

for (const factory of factories) {
  const path = join(root, folderOf(factory), "README.md");
  writeFileSync(path, componentDocs(factory, existsSync(path) ? readFileSync(path, "utf8") : ""));
}
writeFileSync(join(root, "config/tidewatch.schema.json"), `${JSON.stringify(configSchema(), undefined, 2)}\n`);
