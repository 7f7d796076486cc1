import { errorMessage, TidewatchError } from "#core/errors.ts";
import { nearestName } from "#core/nearest-name.ts";
import { BatchCodec } from "#kit/batch-codec.ts";
import { NdjsonEncoder } from "#kit/encode-ndjson.ts";
import { terminalText } from "#kit/terminal-text.ts";
import { decodeHead, decodeLetter, type LetterHead } from "../dead-letters/letter.ts";
import { LetterBox } from "../dead-letters/letter-box.ts";
import type { Command, CommandHost, CommandOptions } from "./command.ts";
import { loadChecked } from "./load-checked.ts";

type Work = (box: LetterBox, ids: readonly string[], options: CommandOptions, host: CommandHost) => Promise<void>;

const WORKS: Readonly<Record<string, Work>> = { list, show, replay, purge };

export const dlqCommand: Command = {
  summary: "look at records that were set aside: list, show, replay or purge dead letters",
  usage: "list|show|replay|purge [ID...|--all]",
  async run(options, host) {
    const [word = "list", ...ids] = options.positionals;
    const work = Object.hasOwn(WORKS, word) ? WORKS[word] : undefined;
    if (work === undefined) {
      const suggestion = nearestName(word, Object.keys(WORKS));
      const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
      throw new TidewatchError(`dlq knows list, show, replay and purge, not "${terminalText(word, 50)}"${hint}`, {
        code: "usage",
      });
    }
    const { directory } = loadChecked(options, host).config.service.dead_letter;
    await work(new LetterBox(directory), ids, options, host);
    return 0;
  },
};

async function list(
  box: LetterBox,
  _ids: readonly string[],
  options: CommandOptions,
  host: CommandHost,
): Promise<void> {
  const resting = await box.list();
  const waiting = await box.waiting();
  for (const [letters, read, state] of [
    [resting, (id: string) => box.read(id), "at rest"],
    [waiting, (id: string) => box.readWaiting(id), "to be replayed"],
  ] as const) {
    for (const { id } of letters) {
      const head = headOf(await read(id));
      if (options.json) host.out.write(`${JSON.stringify({ id, state, ...head })}\n`);
      else host.out.write(`${id}  ${lineOf(head)}${state === "at rest" ? "" : `  (${state})`}\n`);
    }
  }
  const bytes = [...resting, ...waiting].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (!options.json) host.out.write(`${resting.length + waiting.length} dead letters, ${bytes} bytes\n`);
}

/** The records as JSON lines on standard output; why they are here on standard error. */
async function show(box: LetterBox, ids: readonly string[], options: CommandOptions, host: CommandHost): Promise<void> {
  const codec = new BatchCodec();
  const encoder = new NdjsonEncoder();
  for (const id of await chosen(box, ids, options, "show")) {
    const { head, records } = decodeLetter(await box.read(id), codec);
    const attempts = head.attempts.map(({ at, error }) => `  tried ${at}: ${terminalText(error, 300)}\n`);
    host.err.write(`${id}  ${lineOf(head)}\n${attempts.join("")}`);
    host.out.write(encoder.encode(records).bytes.toString("utf8"));
  }
}

async function replay(
  box: LetterBox,
  ids: readonly string[],
  options: CommandOptions,
  host: CommandHost,
): Promise<void> {
  const letters = await chosen(box, ids, options, "replay");
  for (const id of letters) await box.toReplay(id);
  host.out.write(`${letters.length} dead letters are sent again as soon as tidewatch runs with this configuration\n`);
}

async function purge(
  box: LetterBox,
  ids: readonly string[],
  options: CommandOptions,
  host: CommandHost,
): Promise<void> {
  const letters = await chosen(box, ids, options, "purge");
  for (const id of letters) await box.remove(id);
  host.out.write(`${letters.length} dead letters are gone for good\n`);
}

/** Ids that exist: those given, or all of them with `--all`. A start of an id is enough when it is one letter's only. */
async function chosen(
  box: LetterBox,
  given: readonly string[],
  { all }: CommandOptions,
  word: string,
): Promise<string[]> {
  const known = (await box.list()).map(({ id }) => id);
  if (all) return known;
  if (given.length === 0)
    throw new TidewatchError(`dlq ${word} needs an id (dlq list shows them) or --all`, { code: "usage" });
  return given.map((start) => {
    const matches = known.filter((id) => id.startsWith(start));
    if (matches.length === 1) return matches[0] as string;
    const what = matches.length === 0 ? "there is no dead letter" : "more than one dead letter begins with";
    throw new TidewatchError(`${what} "${terminalText(start, 60)}"`, { code: "unknown_letter" });
  });
}

function headOf(bytes: Buffer): LetterHead | { readonly damaged: string } {
  try {
    return decodeHead(bytes).head;
  } catch (error) {
    return { damaged: errorMessage(error) };
  }
}

function lineOf(head: LetterHead | { readonly damaged: string }): string {
  if ("damaged" in head) return head.damaged;
  const { component, records, code, reason } = head;
  return `${terminalText(component, 40).padEnd(20)} ${String(records).padStart(7)} records  ${terminalText(code, 30)}: ${terminalText(reason, 200)}`;
}
