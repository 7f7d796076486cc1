/** `myMetricName`, `HTTP server` and `my-metric` with words in lower case and `_` between: `my_metric_name`. */
export function toSnakeCase(text: string): string {
  return wordsOf(text)
    .map((word) => word.toLowerCase())
    .join("_");
}

/** `my_metric_name` as `MyMetricName`. */
export function toCamelCase(text: string): string {
  return wordsOf(text)
    .map((word) => charUpper(word.slice(0, 1)) + word.slice(1))
    .join("");
}

function charUpper(char: string): string {
  return char.toUpperCase();
}

type CharClass = "lower" | "upper" | "digit" | "gap" | "other";

/** Words end at blanks, `_`, `-` and `.`, before a capital that starts a new word, and between letters and digits. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word = "";
  for (let i = 0; i < text.length; i++) {
    const now = classOf(text.charCodeAt(i));
    if (now === "gap") {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    if (word !== "" && startsWord(classOf(text.charCodeAt(i - 1)), now, classOf(text.charCodeAt(i + 1)))) {
      words.push(word);
      word = "";
    }
    word += text.charAt(i);
  }
  return word === "" ? words : [...words, word];
}

function startsWord(before: CharClass, now: CharClass, after: CharClass): boolean {
  if (now === "upper") return before !== "upper" || after === "lower";
  const isLetter = (kind: CharClass): boolean => kind === "lower" || kind === "upper";
  return (now === "digit" && isLetter(before)) || (isLetter(now) && before === "digit");
}

function classOf(unit: number): CharClass {
  if (unit >= 0x61 && unit <= 0x7a) return "lower";
  if (unit >= 0x41 && unit <= 0x5a) return "upper";
  if (unit >= 0x30 && unit <= 0x39) return "digit";
  return unit === 0x20 || unit === 0x5f || unit === 0x2d || unit === 0x2e ? "gap" : "other";
}
