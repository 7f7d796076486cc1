import type { Context } from "#core/context.ts";
import { connectStore } from "#store/connect-store.ts";
import { quiet } from "#test/support/store.ts";
import { createResponderExtension } from "../../playbooks/responder/index.ts";
import { fileActions, openWorld } from "./file-action.ts";

// A responder in a process of its own, for tests that kill it: argv holds the store's URL, the world's folder and the
// configuration as JSON. It says "ready" and works until it is killed.
const [url = "", worldPath = "", config = "{}"] = process.argv.slice(2);
const store = await connectStore({ url }, quiet);
const context = { ...quiet, id: "responder", extension: () => ({ store }) } as unknown as Context;
const responder = createResponderExtension(fileActions(openWorld(worldPath))).prepare(JSON.parse(config))(context);
await responder.start?.(AbortSignal.timeout(30_000));
process.stdout.write("ready\n");
