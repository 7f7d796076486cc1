import type { LogBatch } from "#core/batch.ts";
import type { Columns } from "#core/columns.ts";
import { terminalText } from "#kit/terminal-text.ts";

/** Files that are named in the summary; more are counted together. */
const MAX_FILES = 100;

/** How many lines were read, by file, and how many of them could not be parsed. */
export class ReadingSummary {
  readonly #lines = new Map<string, number>();
  #unparsed = 0;
  #addedSinceLast = 0;
  #pending = false;

  add(batch: LogBatch): void {
    const name = batch.size > 0 ? batch.at(0).attribute("log.file.name") : undefined;
    let file = typeof name === "string" ? name : "other sources";
    if (!this.#lines.has(file) && this.#lines.size >= MAX_FILES) file = "other files";
    this.#lines.set(file, (this.#lines.get(file) ?? 0) + batch.size);
    if (batch.columns !== undefined) this.#unparsed += countRaw(batch.columns);
    this.#addedSinceLast += batch.size;
    this.#pending = true;
  }

  /** The summary so far when nothing was added since the last call, and there is something new to tell. */
  takeIfPaused(): string | undefined {
    const paused = this.#addedSinceLast === 0;
    this.#addedSinceLast = 0;
    if (!paused || !this.#pending) return undefined;
    this.#pending = false;
    const files = [...this.#lines].map(([file, lines]) => `${terminalText(file)} ${lines}`);
    const unparsed = this.#unparsed === 0 ? "" : `, ${this.#unparsed} of them no TiDB log lines (kept as they are)`;
    return `read so far: ${files.join(", ")} records${unparsed}\n\n`;
  }
}

/** Records that are nothing but raw text. */
function countRaw({ count, fieldFrom, fieldTo }: Columns): number {
  let raw = 0;
  for (let i = 0; i < count; i++) if (fieldFrom[i] === fieldTo[i]) raw++;
  return raw;
}
