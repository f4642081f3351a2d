const BARS = "▁▂▃▄▅▆▇█";

/** Numbers as bars, the highest of them as the tallest; all of them 0 as the lowest. */
export function sparkline(numbers: number[]): string {
  const highest = Math.max(...numbers);
  return numbers.map((number) =>
    BARS[highest === 0 ? 0 : Math.round(number / highest * (BARS.length - 1))]
  ).join("");
}
