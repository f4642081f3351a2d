/** By what a program is asked to stop. Windows has no SIGTERM, and Ctrl-Break besides Ctrl-C. */
export const STOP_SIGNALS = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"] as const
  : ["SIGINT", "SIGTERM"] as const;

let stopping: AbortSignal | undefined;

/**
 * A signal that aborts when the program is asked to stop: by Ctrl-C or Deno Deploy (SIGINT), or by systemd, Docker and
 * Kubernetes (SIGTERM; on Windows by Ctrl-Break). A second time ends the program at once, as without this function.
 *
 * It does not keep the program alive. Each call returns the same signal.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue, stopSignal } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue({ name: "greetings" });
 * await queue.consume((item) => console.log(item.payload), { signal: stopSignal() });
 * ```
 */
export function stopSignal(): AbortSignal {
  return stopping ??= listen();
}

function listen(): AbortSignal {
  const stop = new AbortController();
  const abort = () => {
    // Without a listener, the next one ends the program.
    for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, abort);
    stop.abort();
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, abort);
  return stop.signal;
}
