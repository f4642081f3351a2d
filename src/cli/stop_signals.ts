const EXIT_CODES: Partial<Record<Deno.Signal, number>> = {
  SIGINT: 130,
  SIGBREAK: 130,
  SIGTERM: 143,
};

/** How long a stopped command waits for whoever reads its output: it may be a pager that is paused. */
export const READER_PATIENCE_MS = 1_000;

/** Someone stopped the command: Ctrl-C, or SIGTERM. */
export class Stopped extends Error {
  /** What a shell expects of a program that the signal ended. */
  readonly exitCode: number;

  constructor(signal: Deno.Signal) {
    super(`Stopped by ${signal}`);
    this.exitCode = EXIT_CODES[signal] ?? 1;
  }
}

/** How a command may be stopped. Both signals abort with a {@linkcode Stopped}. */
export interface StopSignals {
  /** Aborts at the first signal: the command is to come to an end. */
  stop: AbortSignal;
  /** Aborts at the second: the process is to end at once. */
  now: AbortSignal;
}

/** Listens for signals, from now on until the process ends. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const now = new AbortController();
  const terminate = Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM";
  for (const signal of ["SIGINT", terminate] as const) {
    Deno.addSignalListener(signal, () => {
      (stop.signal.aborted ? now : stop).abort(new Stopped(signal));
    });
  }
  return { stop: stop.signal, now: now.signal };
}

/** A signal that aborts `ms` milliseconds after `signal` does, with `reason`. */
export function abortAfter(signal: AbortSignal, ms: number, reason: Error): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => controller.abort(reason), ms));
  return controller.signal;
}
