import type { Part } from "./engine/call_batcher.ts";
import { RedisReplyError, RedisUnavailableError, ReplicationError } from "./errors.ts";

/** A call about these uids: if Redis is away, the error names them. That of its batch would be about all calls of the batch. */
export async function about<R>(uids: string[], call: Promise<R>): Promise<R> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    const { message, mayHaveHappened, cause } = error;
    throw new RedisUnavailableError(message, { mayHaveHappened, uids, cause });
  }
}

/** Resolves to the outputs of all parts. If one fails, the error names the uids for which the call has, or may have, happened. */
export async function outputsOf<Input, Output>(
  parts: Part<Input, Output>[],
  uidOf: (input: Input) => string,
): Promise<Output[]> {
  const outcomes = await Promise.allSettled(parts.map(({ outputs }) => outputs));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure === undefined) {
    return outcomes.flatMap((outcome) => outcome.status === "fulfilled" ? outcome.value : []);
  }
  const done = parts.filter((_, i) => {
    const outcome = outcomes[i]!;
    return outcome.status === "fulfilled" || mayHaveHappened(outcome.reason);
  });
  throw inPart(failure.reason, done.flatMap(({ inputs }) => inputs.map(uidOf)));
}

/** The error of a call that has, or may have, happened for `uids` and for no others. */
export function inPart(error: unknown, uids: string[]): unknown {
  if (error instanceof ReplicationError) return new ReplicationError(error.message, uids);
  if (error instanceof RedisUnavailableError) {
    const { message, cause } = error;
    return new RedisUnavailableError(message, { mayHaveHappened: uids.length > 0, uids, cause });
  }
  if (error instanceof RedisReplyError && uids.length > 0) {
    const { message, code, cause } = error;
    return new RedisReplyError(message, { code, uids, cause });
  }
  return error;
}

/** Whether what failed may be done all the same. */
export function mayHaveHappened(error: unknown): boolean {
  return error instanceof ReplicationError ||
    (error instanceof RedisUnavailableError && error.mayHaveHappened);
}
