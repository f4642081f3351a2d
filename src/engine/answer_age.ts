/**
 * Tells how late an answer is that has Redis's time in it. Nobody compares clocks: of all answers so far, the most prompt one
 * shows how far the two are apart.
 */
export class AnswerAge {
  #leastDifference = Infinity;

  /** Milliseconds by which an answer of this time of Redis, in microseconds, is later than the most prompt one. */
  of(redisTime: number, now = performance.now()): number {
    const difference = now - redisTime / 1_000;
    this.#leastDifference = Math.min(this.#leastDifference, difference);
    return difference - this.#leastDifference;
  }

  /** Begins anew: what looked late may have been Redis's clock, which was set back. */
  forget(): void {
    this.#leastDifference = Infinity;
  }
}
