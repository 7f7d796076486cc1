import { TidewatchError } from "#core/errors.ts";
import { parseConfig } from "#core/parse-config.ts";
import type { Secret } from "#kit/schema-types.ts";
import { attachStore, type Store } from "#store/connect-store.ts";
import { storeExtension } from "../../extensions/store/index.ts";
import { systemClock } from "../clock.ts";
import { partAt } from "../config/located.ts";
import { parseWithText } from "../config/parse-with-text.ts";
import { createOwnLog } from "../telemetry/logger.ts";
import type { CommandHost, CommandOptions } from "./command.ts";
import { loadChecked } from "./load-checked.ts";

/** Opens the store that the configuration names, also while the service is running on it, for one piece of work. */
export async function withStore<T>(
  options: CommandOptions,
  host: CommandHost,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const { config, root } = loadChecked(options, host);
  const id = config.service.extensions.find((name) => config.extensions.get(name)?.type === "store");
  const part = id === undefined ? undefined : partAt(root, ["extensions", id]);
  if (part === undefined) throw new TidewatchError("service::extensions has no store", { code: "no_store" });
  const settings = parseWithText(part, (raw) => parseConfig(storeExtension.schema, raw)) as {
    url?: Secret;
    data_dir: string;
  };
  const log = createOwnLog({ level: "error", encoding: "console" }, host.err);
  const location = settings.url === undefined ? { data_dir: settings.data_dir } : { url: settings.url.reveal() };
  const store = await attachStore(location, { clock: systemClock, log: log.of(undefined) });
  try {
    return await work(store);
  } finally {
    await store.close();
    await log.shutdown();
  }
}
