import type { Consumer } from "#core/consumer.ts";
import { systemClock } from "#service/clock.ts";
import { fileStorageExtension } from "../../extensions/file_storage/index.ts";
import { fileLogReceiver } from "../../receivers/file_log/index.ts";
import { fakeContext, type FakeContext } from "./fake-context.ts";

export interface Tail extends AsyncDisposable {
  readonly context: FakeContext;
}

/** Starts a file_log receiver from raw configuration, with fast polling; `storage` is a folder for its checkpoints. */
export async function tail(raw: object, next: Consumer, storage?: string, clock = systemClock): Promise<Tail> {
  const extensions =
    storage === undefined ? {} : { file_storage: fileStorageExtension.prepare({ directory: storage })(fakeContext()) };
  for (const extension of Object.values(extensions)) await extension.start?.(new AbortController().signal);
  const context = fakeContext({ id: "file_log", clock, extensions });
  const settings = { poll_interval: "5ms", force_flush_period: "40ms", start_at: "beginning", ...raw };
  const receiver = fileLogReceiver.prepare(storage === undefined ? settings : { ...settings, storage: "file_storage" })(
    context,
    next,
  );
  await receiver.start?.(new AbortController().signal);
  return { context, [Symbol.asyncDispose]: async () => receiver.shutdown?.(AbortSignal.timeout(2000)) };
}

/** `line N` for each N from `from` to `to - 1`. */
export const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join("");

/** The same as bodies of records. */
export const bodies = (from: number, to: number): string[] => numbered(from, to).trimEnd().split("\n");
