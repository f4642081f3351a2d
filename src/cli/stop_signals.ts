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

/** How a command may be stopped. */
export interface StopSignals {
  /** Aborts at the first signal, with a {@linkcode Stopped}: the command is to come to an end. */
  stop: AbortSignal;
  /** Resolves at the second signal: the process is to end at once. */
  again: Promise<Stopped>;
}

/** Listens for signals, from now on until the process ends. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const { promise: again, resolve } = Promise.withResolvers<Stopped>();
  const terminate = Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM";
  for (const signal of ["SIGINT", terminate] as const) {
    Deno.addSignalListener(signal, () => {
      const stopped = new Stopped(signal);
      if (stop.signal.aborted) resolve(stopped);
      else stop.abort(stopped);
    });
  }
  return { stop: stop.signal, again };
}

/** A signal that aborts `ms` milliseconds after `signal` does, with `reason`. */
export function later(signal: AbortSignal, ms: number, reason: Error): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => controller.abort(reason), ms));
  return controller.signal;
}
