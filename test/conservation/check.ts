/** What became of the numbered records of a run, in one sink. */
export interface Balance {
  readonly lost: number;
  /** Lines that the source never wrote, or that are no whole record. */
  readonly invented: number;
  readonly repeated: number;
  /** Records that came, the first time, after a later one of the same file. */
  readonly out_of_order: number;
}

interface Written {
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Compares what a sink has with the numbers 0 to `count - 1`; `n` numbers a record, `seg` the file it was written to. */
export function checkSink(text: string, count: number): Balance {
  const times = new Uint32Array(count);
  const lastOfFile = new Map<string, number>();
  let invented = 0;
  let outOfOrder = 0;
  for (const line of text.split("\n").slice(0, -1)) {
    const n = numberOf(line);
    if (n === undefined || n.n >= count) {
      invented++;
      continue;
    }
    if (++(times as unknown as number[])[n.n]! > 1) continue;
    if (n.n < (lastOfFile.get(n.seg) ?? -1)) outOfOrder++;
    lastOfFile.set(n.seg, n.n);
  }
  return {
    lost: times.filter((time) => time === 0).length,
    invented,
    repeated: times.reduce((sum, time) => sum + Math.max(0, time - 1), 0),
    out_of_order: outOfOrder,
  };
}

function numberOf(line: string): { n: number; seg: string } | undefined {
  try {
    const { attributes } = JSON.parse(line) as Written;
    const [n, seg] = [Number(attributes["tidb.n"]), attributes["tidb.seg"]];
    return Number.isSafeInteger(n) && n >= 0 && typeof seg === "string" ? { n, seg } : undefined;
  } catch {
    return undefined;
  }
}

/** Sum of a metric's series in a Prometheus text whose labels hold all of `labels`. */
export function metric(text: string, name: string, labels = ""): number {
  return text
    .split("\n")
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
