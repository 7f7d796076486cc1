import type { ReceiverFactory } from "#core/factory.ts";
import { fileLogReceiver } from "./file_log/index.ts";

export const receivers: readonly ReceiverFactory[] = [fileLogReceiver];
