/**
 * A read that many share: whoever asks while it is under way, or soon after it began, gets the same answer. So Redis is asked
 * at most once in `maxAgeMs`, whatever the number of browsers, and not at all if nobody asks.
 */
export class CachedRead<T> {
  readonly #read: () => Promise<T>;
  readonly #maxAgeMs: number;
  #last: { answer: Promise<T>; at: number; isRunning: boolean } | undefined;

  constructor(read: () => Promise<T>, maxAgeMs: number) {
    this.#read = read;
    this.#maxAgeMs = maxAgeMs;
  }

  get(): Promise<T> {
    const last = this.#last;
    if (last !== undefined) {
      if (last.isRunning || performance.now() - last.at < this.#maxAgeMs) return last.answer;
    }
    const read = { answer: this.#read(), at: performance.now(), isRunning: true };
    const end = () => read.isRunning = false;
    read.answer.then(end, end);
    this.#last = read;
    return read.answer;
  }

  /** What was read is out of date: it was changed since. */
  forget(): void {
    this.#last = undefined;
  }
}
