/** Milliseconds between two announcements. */
const INTERVAL_MS = 20_000;

/** Says now and then who consumes, for an instance that makes no autoclean pass which could say it. */
export class Announcer {
  /** Seconds between two announcements. */
  static readonly interval = INTERVAL_MS / 1000;
  readonly #announce: () => Promise<unknown>;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stopped = false;

  /** @param announce Says it, if there is anything to say. */
  constructor(announce: () => Promise<unknown>) {
    this.#announce = announce;
  }

  /** Starts the timer, unless it was started before. It does not keep the process alive. */
  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = setInterval(() => this.passNow(), INTERVAL_MS);
    Deno.unrefTimer(this.#timer);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** Says it now. */
  passNow(): void {
    // Whoever consumes tells of an outage.
    if (!this.#stopped) this.#announce().catch(() => {});
  }
}
