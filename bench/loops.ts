/** Runs `count` loops at the same time. Each calls `turn` until that resolves to `false`. */
export async function loops(count: number, turn: () => Promise<boolean>): Promise<void> {
  const loop = async () => {
    while (await turn());
  };
  await Promise.all(Array.from({ length: count }, loop));
}

/** Calls `work` once for each number from 0 to `total - 1`, with at most `width` calls under way. */
export function forEachOf(
  total: number,
  width: number,
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  return loops(width, async () => {
    if (next === total) return false;
    await work(next++);
    return true;
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
