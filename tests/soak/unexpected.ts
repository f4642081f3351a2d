import {
  HandlerError,
  QueueClosedError,
  RedisReplyError,
  RedisUnavailableError,
} from "../../mod.ts";

/** What the faults make, handlers throw, and who takes longer than `shutdownTimeout` has to expect. */
const EXPECTED = [RedisUnavailableError, HandlerError, QueueClosedError];

/** For `onError`: an error that nothing here explains ends the process, which is a crash. */
export function onUnexpected(error: unknown): void {
  // The janitor requeues them.
  if (String(error).includes("Dead letters hold up")) return;
  if (isFull(error) || EXPECTED.some((kind) => error instanceof kind)) return;
  queueMicrotask(() => {
    throw error;
  });
}

/** Whether Redis refused for lack of memory. */
export function isFull(error: unknown): boolean {
  return error instanceof RedisReplyError && error.code === "OOM";
}
