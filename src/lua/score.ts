/** Reads a score of a sorted set. We write none that is infinite, but somebody else may. */
export function readScore(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}
