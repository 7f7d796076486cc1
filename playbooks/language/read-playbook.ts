import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, type Document } from "yaml";
import { ConfigError, errorMessage, TidewatchError } from "#core/errors.ts";
import { parseConfig } from "#core/parse-config.ts";
import type { ActionFactory } from "../action.ts";
import { checkPlaybook, type PlaybookIssue } from "./check-playbook.ts";
import { type Playbook, playbookSchema } from "./playbook.ts";

/** Playbooks that cannot be used: one line for each mistake, `file:line:column: what (did you mean …?)`. */
export class PlaybookError extends TidewatchError {
  override readonly name = "PlaybookError";
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join("\n"), { code: "playbook" });
    this.mistakes = mistakes;
  }
}

const MAX_FILE_LENGTH = 200_000;

/** Reads one file's text. @throws PlaybookError with every mistake in it. */
export function readPlaybook(text: string, file: string, actions: readonly ActionFactory[]): Playbook {
  if (text.length > MAX_FILE_LENGTH) throw new PlaybookError([`${file}: longer than ${MAX_FILE_LENGTH} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new PlaybookError(document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`));
  }
  const [playbook, issues] = check(toData(document, file), actions);
  if (issues.length === 0 && playbook !== undefined) return playbook;
  const places = issues.map((issue) => ({ issue, offset: offsetOf(document, issue) }));
  throw new PlaybookError(
    places
      .sort((a, b) => a.offset - b.offset)
      .map(({ issue, offset }) => {
        const hint = issue.suggestion === undefined ? "" : ` (did you mean "${issue.suggestion}"?)`;
        const key = issue.path.length === 0 ? "" : `${issue.path.join("::")}: `;
        return `${place(offset)}: ${key}${issue.message}${hint}`;
      }),
  );
}

function toData(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias that leads nowhere, or a file that unfolds without end.
    throw new PlaybookError([`${file}: ${errorMessage(error)}`]);
  }
}

function check(data: unknown, actions: readonly ActionFactory[]): [Playbook | undefined, readonly PlaybookIssue[]] {
  try {
    const playbook = parseConfig(playbookSchema, data);
    return [playbook, checkPlaybook(playbook, actions)];
  } catch (error) {
    if (error instanceof ConfigError) return [undefined, error.issues];
    throw error;
  }
}

/** Where in the text an issue is: at the value, at its key, or at the nearest thing above that is there. */
function offsetOf(document: Document, { path, atKey = false, offset = 0 }: PlaybookIssue): number {
  let node: unknown = document.contents;
  let start = startOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const [key, value] = childOf(node, part);
    const isLast = depth === path.length - 1;
    start = startOf(isLast && atKey ? key : value) ?? startOf(key) ?? start;
    node = value;
  }
  const isQuoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
  return start + offset + (offset > 0 && isQuoted ? 1 : 0);
}

function childOf(node: unknown, part: string | number): [key: unknown, value: unknown] {
  if (isSeq(node)) return [undefined, node.items[Number(part)]];
  if (!isMap(node)) return [undefined, undefined];
  const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === part);
  return [pair?.key, pair?.value];
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0];
}
