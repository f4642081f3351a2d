import type { CleanStep } from "../lua/autoclean.ts";

/** What a {@linkcode LeaseCleaner} works with. */
export interface LeaseCleanerOptions {
  /** One bounded step of a pass. */
  clean: () => Promise<CleanStep>;
  /** Called after each pass, with the result of its last step. */
  afterPass: (step: CleanStep) => Promise<void>;
  /** Seconds that a lease lasts. */
  lease: number;
  /** Seconds between two passes while no lease ends. */
  idleInterval: number;
  onError: (error: unknown) => void;
}

/** The longest time in seconds between two passes while a lease may end. */
const LONGEST_INTERVAL = 5;

/** Seconds between two passes while no lease ends. */
export function quietInterval(lease: number, idleInterval: number): number {
  return Math.min(lease, idleInterval);
}

/**
 * The autoclean timer. It starts a pass ten times per lease, and at least every 5 s, so that an abandoned item is requeued
 * soon after its lease has ended. A pass may be left out if the one before knew that no lease will have ended by then: what
 * is taken after it has a lease that ends later, unless the lease of its consumer is shorter. The timer does not keep the
 * process alive.
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
    const { lease } = this.#options;
    const intervalMs = Math.min(lease / 10, LONGEST_INTERVAL) * 1000;
    this.#timer = setInterval(() => {
      // A timer may be a little early.
      if (performance.now() + intervalMs / 2 < this.#quietUntil) return;
      this.#pass ??= this.#runPass();
    }, intervalMs);
    Deno.unrefTimer(this.#timer);
  }

  /** Makes a pass now, or when the one under way has ended. */
  async passNow(): Promise<void> {
    await this.#pass;
    if (!this.#stopped) this.#pass ??= this.#runPass();
  }

  /** Stops the timer; a pass under way ends with the connection. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #runPass(): Promise<void> {
    const { lease, idleInterval } = this.#options;
    const quietMs = quietInterval(lease, idleInterval) * 1000;
    const startedAt = performance.now();
    try {
      let step: CleanStep;
      do step = await this.#options.clean(); while (step.more && !this.#stopped);
      const hasWork = step.surplus > 0 || step.ghosts > 0;
      const restMs = hasWork ? 0 : Math.min(quietMs, step.nextEndMs ?? Infinity);
      this.#quietUntil = startedAt + restMs;
      if (!this.#stopped) await this.#options.afterPass(step);
    } catch (error) {
      if (!this.#stopped) this.#options.onError(error);
    } finally {
      this.#pass = undefined;
    }
  }
}
