import type { CleanStep } from "../lua/autoclean.ts";

/** What a {@linkcode LeaseCleaner} works with. */
export interface LeaseCleanerOptions {
  /** One bounded step of a pass. */
  clean: () => Promise<CleanStep>;
  /** Called after each pass, with the result of its last step. */
  afterPass: (step: CleanStep) => Promise<void>;
  /** Seconds that a lease lasts. */
  lease: number;
  /** Seconds between two passes while nothing is in flight. */
  idleInterval: number;
  onError: (error: unknown) => void;
}

/** The longest time in seconds between two passes while something is in flight. */
const LONGEST_INTERVAL = 5;

/**
 * The autoclean timer. It starts a pass ten times per lease, and at least every 5 s, so that an abandoned item is requeued
 * soon after its lease has ended. If nothing was in flight, no lease of this length ends within such a lease, and the next
 * pass may wait for it. The timer does not keep the process alive.
 */
export class LeaseCleaner {
  readonly #options: LeaseCleanerOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pass: Promise<void> | undefined;
  #stopped = false;
  /** Until when there is nothing to do, as `performance.now()` counts. */
  #quietUntil = -Infinity;

  constructor(options: LeaseCleanerOptions) {
    this.#options = options;
  }

  /** Starts the timer, unless it was started before. */
  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    const { lease, idleInterval } = this.#options;
    const intervalMs = Math.min(lease / 10, LONGEST_INTERVAL) * 1000;
    // A timer may be a little early.
    const quietMs = Math.min(lease, idleInterval) * 1000 - intervalMs / 2;
    this.#timer = setInterval(() => {
      if (performance.now() >= this.#quietUntil) this.#pass ??= this.#runPass(quietMs);
    }, intervalMs);
    Deno.unrefTimer(this.#timer);
  }

  /** Stops the timer; a pass under way ends with the connection. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #runPass(quietMs: number): Promise<void> {
    const startedAt = performance.now();
    try {
      let step: CleanStep;
      do step = await this.#options.clean(); while (step.more && !this.#stopped);
      const isQuiet = step.inFlight === 0 && step.surplus === 0 && step.ghosts === 0;
      this.#quietUntil = isQuiet ? startedAt + quietMs : -Infinity;
      if (!this.#stopped) await this.#options.afterPass(step);
    } catch (error) {
      if (!this.#stopped) this.#options.onError(error);
    } finally {
      this.#pass = undefined;
    }
  }
}
