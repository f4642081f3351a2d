import type { Part } from "./engine/call_batcher.ts";
import { RedisReplyError, RedisUnavailableError, ReplicationError } from "./errors.ts";

/** What a call rejects with if its batch did: that is about the uids of all its calls, this one about `uids`. */
export function withUids(error: unknown, uids: string[]): unknown {
  if (!(error instanceof RedisUnavailableError)) return error;
  const { message, mayHaveHappened, cause } = error;
  return new RedisUnavailableError(message, { mayHaveHappened, uids, cause });
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
