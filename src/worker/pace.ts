const SECOND_MS = 1_000;

/** Counts what was finished in the last second, roughly: in the second that runs, or in the one before if that was more. */
export class Pace {
  #count = 0;
  #before = 0;
  #since = performance.now();

  /** Counts one more. */
  finish(): void {
    this.#count++;
  }

  /** How many were finished in the last second. */
  get perSecond(): number {
    const now = performance.now();
    if (now - this.#since >= SECOND_MS) {
      this.#before = now - this.#since < 2 * SECOND_MS ? this.#count : 0;
      this.#count = 0;
      this.#since = now;
    }
    return Math.max(this.#before, this.#count);
  }
}
