/**
 * Takes the place of the interval timers, of all or of those of one length in milliseconds, until it is disposed of: time passes
 * when the test says so.
 */
export class FakeIntervals implements Disposable {
  /** Milliseconds between two ticks of the timers that run. */
  readonly lengths = new Map<number, number>();
  readonly #ticks = new Map<number, () => void>();
  readonly #real = {
    ...{ setInterval, clearInterval, unrefTimer: Deno.unrefTimer },
    now: performance.now.bind(performance),
  };
  #passedMs = 0;
  readonly unreferenced = new Set<number>();

  constructor(only?: number) {
    // Far from those of real timers, should a clearInterval come late.
    let ids = 1e9;
    globalThis.setInterval = ((tick: () => void, length: number) => {
      if (only !== undefined && length !== only) return this.#real.setInterval(tick, length);
      this.#ticks.set(++ids, tick);
      this.lengths.set(ids, length);
      return ids;
    }) as unknown as typeof setInterval;
    globalThis.clearInterval = (id) => {
      if (!this.#ticks.delete(Number(id))) this.#real.clearInterval(id);
      this.lengths.delete(Number(id));
    };
    performance.now = () => this.#real.now() + this.#passedMs;
    Deno.unrefTimer = (id) => {
      if (this.#ticks.has(Number(id))) this.unreferenced.add(Number(id));
      else this.#real.unrefTimer(Number(id));
    };
  }

  /** Lets time pass, in which no timer ticks. */
  pass(ms: number): void {
    this.#passedMs += ms;
  }

  /** Lets each timer tick once, and everything happen that follows at once. */
  async tick(): Promise<void> {
    for (const tick of this.#ticks.values()) tick();
    await turn();
  }

  [Symbol.dispose](): void {
    globalThis.setInterval = this.#real.setInterval;
    globalThis.clearInterval = this.#real.clearInterval;
    Deno.unrefTimer = this.#real.unrefTimer;
    performance.now = this.#real.now;
  }
}

/** Lets everything happen that is due. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
