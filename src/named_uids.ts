import { RedisUnavailableError } from "./errors.ts";

/** What a call rejects with when its batch did: that is about the uids of all its calls, this one about `uids`. */
export function withUids(error: unknown, uids: string[]): unknown {
  if (!(error instanceof RedisUnavailableError)) return error;
  const { message, mayHaveHappened, cause } = error;
  return new RedisUnavailableError(message, { mayHaveHappened, uids, cause });
}
