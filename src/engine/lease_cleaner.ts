import type { CleanStep } from "../lua/autoclean.ts";

/** What a {@linkcode LeaseCleaner} works with. */
export interface LeaseCleanerOptions {
  /** One bounded step of a pass. */
  clean: () => Promise<CleanStep>;
  /** Called after each pass, with the result of its last step. */
  afterPass: (step: CleanStep) => Promise<void>;
  /** Seconds that a lease lasts. */
  lease: number;
  onError: (error: unknown) => void;
}

/** The longest time in seconds between two passes. */
const LONGEST_INTERVAL = 5;

/**
 * The autoclean timer. It starts a pass ten times per lease, and at least every 5 s, so that an abandoned
 * item is requeued soon after its lease has ended. The timer does not keep the process alive.
 */
export class LeaseCleaner {
  readonly #options: LeaseCleanerOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pass: Promise<void> | undefined;
  #stopped = false;

  constructor(options: LeaseCleanerOptions) {
    this.#options = options;
  }

  /** Starts the timer, unless it was started before. */
  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    const intervalMs = Math.min(this.#options.lease / 10, LONGEST_INTERVAL) * 1000;
    this.#timer = setInterval(() => this.#pass ??= this.#runPass(), intervalMs);
    Deno.unrefTimer(this.#timer);
  }

  /** Stops the timer; a pass under way ends with the connection. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #runPass(): Promise<void> {
    try {
      let step: CleanStep;
      do step = await this.#options.clean(); while (step.more && !this.#stopped);
      if (!this.#stopped) await this.#options.afterPass(step);
    } catch (error) {
      if (!this.#stopped) this.#options.onError(error);
    } finally {
      this.#pass = undefined;
    }
  }
}
