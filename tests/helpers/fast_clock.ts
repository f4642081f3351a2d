const real = {
  now: performance.now.bind(performance),
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
};

/** Lets the time of this process pass faster, until it is disposed of. It never goes back. */
export class FastClock implements Disposable {
  #factor = 1;
  /** A moment, as the real clock and as this one counts. */
  #moment = { real: real.now(), shown: real.now() };

  constructor() {
    performance.now = () => this.#moment.shown + (real.now() - this.#moment.real) * this.#factor;
    globalThis.setTimeout = this.#hastened(real.setTimeout);
    globalThis.setInterval = this.#hastened(real.setInterval);
  }

  /** From now on so many times as fast as the real clock; timers that run already keep their pace. */
  set factor(factor: number) {
    this.#moment = { real: real.now(), shown: performance.now() };
    this.#factor = factor;
  }

  [Symbol.dispose](): void {
    performance.now = real.now;
    globalThis.setTimeout = real.setTimeout;
    globalThis.setInterval = real.setInterval;
  }

  #hastened<Start extends typeof setTimeout | typeof setInterval>(start: Start): Start {
    const hastened = (tick: () => void, ms = 0) => start(tick, ms / this.#factor);
    return hastened as unknown as Start;
  }
}
