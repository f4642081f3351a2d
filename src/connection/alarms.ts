/** Something to be done at a time. */
export interface Alarm {
  /** As `performance.now()` counts. */
  at: number;
  ring: () => void;
}

/** The longest delay of a timer, about 24 days: a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Alarms that share one timer: most are set for long, and deleted soon, and a timer for each would cost more than what it
 * watches. None rings early; while one is set, the process stays alive.
 */
export class Alarms {
  readonly #set = new Set<Alarm>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer fires; a deleted alarm's time may stay. */
  #next = Infinity;

  add(alarm: Alarm): void {
    this.#set.add(alarm);
    if (alarm.at < this.#next) this.#wait(alarm.at);
  }

  delete(alarm: Alarm): void {
    if (this.#set.delete(alarm) && this.#set.size === 0) this.#wait(Infinity);
  }

  #wait(until: number): void {
    clearTimeout(this.#timer);
    this.#next = until;
    if (until === Infinity) return;
    const delay = Math.min(Math.max(until - performance.now(), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#ring(), delay);
  }

  #ring(): void {
    const now = performance.now();
    let next = Infinity;
    for (const alarm of this.#set) {
      if (alarm.at > now) {
        next = Math.min(next, alarm.at);
      } else {
        this.#set.delete(alarm);
        alarm.ring();
      }
    }
    this.#wait(next);
  }
}
