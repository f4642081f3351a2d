const encoder = new TextEncoder();
const FIRST_MS = 1_000;
const INTERVAL_MS = 100;

/** A line on the terminal that shows the progress of long work. Nothing is shown for a short one. */
export class Progress {
  readonly #what: string;
  readonly #started = performance.now();
  #shownAt = this.#started + FIRST_MS - INTERVAL_MS;
  #shown = false;

  /** @param what What is counted, in the plural. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Shows how many there are by now, ten times a second at most. */
  show(count: number): void {
    const now = performance.now();
    if (now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    this.#shown = true;
    const perSecond = Math.round(count / (now - this.#started) * 1000);
    write(
      `\r${count.toLocaleString("en")} ${this.#what}, ${perSecond.toLocaleString("en")}/s\x1b[K`,
    );
  }

  /** Removes the line. */
  end(): void {
    if (this.#shown) write("\r\x1b[K");
  }
}

function write(text: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(text));
  } catch {
    // The terminal is gone.
  }
}
