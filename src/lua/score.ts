/** Reads a score of a sorted set. We write no infinite score, but another program may. */
export function readScore(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}
