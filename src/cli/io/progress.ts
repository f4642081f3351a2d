const encoder = new TextEncoder();
const FIRST_MS = 1_000;
const INTERVAL_MS = 100;

/** A line on the terminal that shows the progress of a long input. Nothing is shown for a short one. */
export class Progress {
  readonly #started = performance.now();
  #shownAt = this.#started + FIRST_MS - INTERVAL_MS;
  #shown = false;

  /** Shows how many lines are stored, ten times a second at most. */
  show(lines: number): void {
    const now = performance.now();
    if (now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    this.#shown = true;
    const perSecond = Math.round(lines / (now - this.#started) * 1000);
    write(`\r${lines.toLocaleString("en")} lines, ${perSecond.toLocaleString("en")}/s\x1b[K`);
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
