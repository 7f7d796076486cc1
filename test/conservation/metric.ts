/** Sum of a metric's series in a Prometheus text whose labels hold all of `labels`. */
export function metric(text: string, name: string, labels = ""): number {
  return text
    .split("\n")
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
