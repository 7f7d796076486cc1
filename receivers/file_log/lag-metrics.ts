import type { BatchObservableCallback } from "@opentelemetry/api";
import type { Context } from "#core/context.ts";
import type { TrackedFile } from "./tracked-file.ts";

/** Files with a series of their own, those that wait longest first: strangers may make many files. */
const MAX_FILES = 20;

interface Lag {
  readonly path: string;
  readonly bytes: number;
  readonly seconds: number;
}

/** Tells how far what is safe lies behind what is in the files. All work is done when somebody asks. */
export function observeLag({ meter, clock, id }: Context, openFiles: () => readonly TrackedFile[]): void {
  const gauge = (name: string, description: string, unit: string) =>
    meter.createObservableGauge(name, { description, unit });
  const bytes = gauge(
    "tidewatch_file_log_lag_bytes",
    `Bytes of a file that are not safe yet; the ${MAX_FILES} files that wait longest.`,
    "By",
  );
  const seconds = gauge(
    "tidewatch_file_log_lag_seconds",
    "How long the oldest byte of a file that is not safe yet has been seen; the same files.",
    "s",
  );
  const total = gauge("tidewatch_file_log_total_lag_bytes", "Bytes of all files that are not safe yet.", "By");
  const open = gauge("otelcol_fileconsumer_open_files", "Files that are open.", "1");
  const observe: BatchObservableCallback = async (result) => {
    const files = openFiles();
    const found = await Promise.all(files.map((file) => lagOf(file, clock.monotonic())));
    const lags = byPath(found.filter((lag) => lag !== undefined));
    const receiver = { receiver: id };
    result.observe(open, files.length, receiver);
    result.observe(
      total,
      lags.reduce((sum, lag) => sum + lag.bytes, 0),
      receiver,
    );
    for (const lag of lags.slice(0, MAX_FILES)) {
      const labels = { ...receiver, "log.file.path": lag.path };
      result.observe(bytes, lag.bytes, labels);
      result.observe(seconds, lag.seconds, labels);
    }
  };
  meter.addBatchObservableCallback(observe, [bytes, seconds, total, open]);
}

async function lagOf(file: TrackedFile, nowMs: number): Promise<Lag | undefined> {
  try {
    const { size } = await file.handle.stat();
    const safe = file.acks.safeOffset;
    file.growth.saw(size, safe, nowMs);
    const sinceMs = file.growth.waitingSinceMs(safe);
    return {
      path: file.path,
      bytes: Math.max(0, size - safe),
      seconds: sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs) / 1000,
    };
  } catch {
    // It was closed meanwhile: it is gone.
    return undefined;
  }
}

/** Longest wait first. Files that had the same name one after the other are one. */
function byPath(lags: readonly Lag[]): Lag[] {
  const merged = new Map<string, Lag>();
  for (const lag of lags) {
    const other = merged.get(lag.path);
    const both = {
      ...lag,
      bytes: lag.bytes + (other?.bytes ?? 0),
      seconds: Math.max(lag.seconds, other?.seconds ?? 0),
    };
    merged.set(lag.path, both);
  }
  return [...merged.values()].toSorted((a, b) => b.seconds - a.seconds || b.bytes - a.bytes);
}
