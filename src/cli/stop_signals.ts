import { STOP_SIGNALS } from "../stop_signal.ts";

const EXIT_CODES: Partial<Record<Deno.Signal, number>> = {
  SIGINT: 130,
  SIGBREAK: 130,
  SIGTERM: 143,
};

/** How long a stopped command waits for the reader of its output, which may be a paused pager. */
export const READER_PATIENCE_MS = 1_000;

/** The command was stopped by Ctrl-C or SIGTERM. */
export class Stopped extends Error {
  /** The exit code that a shell expects after the signal. */
  readonly exitCode: number;

  constructor(signal: Deno.Signal) {
    super(`Stopped by ${signal}`);
    this.exitCode = EXIT_CODES[signal] ?? 1;
  }
}

/** How a command may be stopped. Both signals abort with a {@linkcode Stopped}. */
export interface StopSignals {
  /** Aborts at the first signal: the command must finish soon. */
  stop: AbortSignal;
  /** Aborts at the second signal: the process must end at once. */
  now: AbortSignal;
}

/** Listens for signals, from now on until the process ends. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const now = new AbortController();
  for (const signal of STOP_SIGNALS) {
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
