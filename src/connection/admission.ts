import type { ConnectionFailure } from "./connection_failure.ts";
import { ReplyError } from "./reply_errors.ts";

/** What Redis, or a proxy, answers to any command of a connection that it does not know. */
const UNKNOWN_USER = new Set(["NOAUTH", "WRONGPASS"]);

/**
 * Whether Redis has let in a connection of a queue. If it refuses a later one, the queue was set up well, and something has
 * changed: a password is being replaced, permissions are, or another server has taken over. That is an outage, which
 * passes; the same answer to the first connection is a mistake, to be told at once.
 */
export class Admission {
  #isGranted = false;

  /** Redis has carried out a command. */
  grant(): void {
    this.#isGranted = true;
  }

  /** The error of a connection that did not open. */
  ofOpening(failure: ReplyError | ConnectionFailure): ReplyError | ConnectionFailure {
    return this.#isGranted && failure instanceof ReplyError ? passing(failure) : failure;
  }

  /** The error of a command. */
  ofCommand(failure: ReplyError | ConnectionFailure): ReplyError | ConnectionFailure {
    const isOfConnection = failure instanceof ReplyError && UNKNOWN_USER.has(failure.code);
    return isOfConnection ? this.ofOpening(failure) : failure;
  }
}

function passing({ text, code }: ReplyError): ReplyError {
  return new ReplyError(text, { code, passes: true });
}
