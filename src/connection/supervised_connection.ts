import { ConnectionFailure } from "./connection_failure.ts";
import { sleep, TimeLimitError, waitFor } from "./time_limit.ts";
import { QueueClosedError, QueueError, RedisReplyError, RedisUnavailableError } from "../errors.ts";
import { errorText } from "../error_text.ts";
import type { RedisArgument, RedisReply } from "./redis_connection.ts";
import { explainReplyError, type ReplyError, replyErrorOf } from "./reply_errors.ts";
import type { OpenSafeConnection } from "./safe_connection.ts";
import { Shortfalls } from "./shortfalls.ts";
import { type Command, WatchedConnection } from "./watched_connection.ts";

/** A command, and when to give up. */
export interface Call extends Command {
  /** What the call does, for error texts: "put 3 items". */
  action: string;
  /**
   * Returns the arguments of a call that is sent again, by the number of lost answers. By default they stay
   * the same.
   */
  argsAfter?: (lost: number) => RedisArgument[];
  /** Gives up with an {@linkcode AnswersLostError} after this many lost answers. */
  mostLost?: number | undefined;
  /** Milliseconds until the call is given up if Redis is away. Default: the `commandTimeout` of the queue. */
  giveUpAfterMs?: number;
  /** Gives up when a connection fails, and does not try another. */
  once?: boolean;
}

/** What a {@linkcode SupervisedConnection} works with. */
export interface SupervisedConnectionOptions {
  open: OpenSafeConnection;
  /** Where it leads, for error texts: without the password. */
  address: string;
  /** Milliseconds until a call is given up; `Infinity` for never. */
  commandTimeoutMs: number;
  /** Gets what the server does not let the queue do, and the queue can do without. Default: nobody. */
  shortfalls?: Shortfalls;
}

/** The connection broke again and again after the call was sent. */
export class AnswersLostError extends RedisUnavailableError {}

const CONNECT_TIMEOUT_MS = 5_000;
/** Short, so that calls continue within a second when Redis is back. */
const LONGEST_BACKOFF_MS = 400;

/** One attempt to connect. */
interface Attempt {
  opened: Promise<WatchedConnection>;
  /** Set once it is open. */
  connection?: WatchedConnection;
  abort: AbortController;
}

/**
 * A connection that survives broken ones. It keeps one client of Redis as long as that answers. At the first
 * error that is not Redis's own answer it replaces the client, however often that happens. A call is sent
 * again over the next connection until it is answered or given up: every command sent here must be safe to
 * run twice.
 */
export class SupervisedConnection {
  /** Where it leads, without the password. */
  readonly address: string;
  /** What the server refuses, and the queue can do without. */
  readonly shortfalls: Shortfalls;
  readonly #options: SupervisedConnectionOptions;
  #attempt: Attempt | undefined;
  /** Failures since Redis last answered. They determine how long to wait before the next attempt. */
  #failures = 0;
  /** The last of them. */
  #lastFailure: unknown;
  #closed = false;

  constructor(options: SupervisedConnectionOptions) {
    this.#options = options;
    this.address = options.address;
    this.shortfalls = options.shortfalls ?? new Shortfalls(options.address, () => {});
  }

  /** Resolves to Redis's answer to `call`. */
  send(call: Call): Promise<RedisReply> {
    return this.#perform(
      call,
      (connection, command, giveUpAt) => connection.send(command, giveUpAt),
    );
  }

  /** Why `action` is not possible at present; `undefined` if nothing has failed since Redis last answered. */
  outage(action: string): RedisUnavailableError | undefined {
    if (this.#failures === 0) return undefined;
    return this.#unavailable(action, false, this.#lastFailure);
  }

  /**
   * Sends `call` and then `next` over the same connection, with one write if the client can; resolves to both answers.
   * If Redis refuses `next`, the second is that error.
   */
  sendBoth(call: Call, next: Call): Promise<[RedisReply, RedisReply | RedisReplyError]> {
    return this.#perform(call, async (connection, command, giveUpAt) => {
      const both = connection.sendBoth([command, next], giveUpAt);
      const [first, second] = await Promise.allSettled(both);
      if (first.status === "rejected") throw first.reason;
      if (second.status === "fulfilled") return [first.value, second.value];
      const answer = replyErrorOf(second.reason);
      if (answer === undefined) throw second.reason;
      // Unlike a refusal of `call`, this one must not look as if nothing had happened.
      if (answer.passes) throw new ConnectionFailure(answer.message);
      return [first.value, this.#refusal(next.action, answer)];
    });
  }

  async #perform<R>(
    call: Call,
    exchange: (connection: WatchedConnection, command: Command, giveUpAt: number) => Promise<R>,
  ): Promise<R> {
    const giveUpAt = performance.now() + (call.blockMs ?? 0) +
      (call.giveUpAfterMs ?? this.#options.commandTimeoutMs);
    let lost = 0;
    let lastFailure: unknown;
    for (;;) {
      if (this.#closed) throw new QueueClosedError(call.action);
      const attempt = this.#attempt ??= this.#newAttempt();
      let sent = false;
      try {
        const connection = attempt.connection ??
          await waitFor(attempt.opened, { timeoutMs: giveUpAt - performance.now() });
        sent = true;
        const isAgain = lost > 0 && call.argsAfter !== undefined;
        const command = isAgain ? { ...call, args: call.argsAfter!(lost) } : call;
        const result = await exchange(connection, command, giveUpAt);
        this.#failures = 0;
        return result;
      } catch (error) {
        if (error instanceof QueueError) throw error;
        const answer = replyErrorOf(error);
        if (answer !== undefined && !answer.passes) {
          this.#failures = 0;
          throw this.#refusal(call.action, answer);
        }
        if (sent && answer === undefined) lost++;
        if (!(error instanceof TimeLimitError)) {
          this.#drop(attempt, error);
          lastFailure = error;
        }
        if (this.#closed) throw new QueueClosedError(call.action);
        if (lost >= (call.mostLost ?? Infinity)) {
          throw new AnswersLostError(`Cannot ${call.action}: ${lost} answers were lost`, {
            mayHaveHappened: true,
            cause: error,
          });
        }
        if (call.once || performance.now() >= giveUpAt) {
          // The failure before says more than that the time is over.
          throw this.#unavailable(call.action, lost > 0, lastFailure ?? error);
        }
      }
    }
  }

  /** Ends the connection, which is no failure: the calls under way reject, and the next one opens another. */
  disconnect(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.abort.abort(new ConnectionFailure("the connection was ended"));
  }

  /** Closes the connection for good. Calls under way reject with a {@linkcode QueueClosedError}. */
  async close(): Promise<void> {
    this.#closed = true;
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#drop(attempt, new ConnectionFailure("the connection was closed"));
    await attempt.opened.then((connection) => connection.close(), () => {});
  }

  #refusal(action: string, answer: ReplyError): RedisReplyError {
    const text = `Cannot ${action}: Redis at ${this.address} answered ${explainReplyError(answer)}`;
    return new RedisReplyError(text, { code: answer.code, cause: answer });
  }

  #unavailable(action: string, mayHaveHappened: boolean, cause: unknown): RedisUnavailableError {
    const what = mayHaveHappened ? "did not answer" : "cannot be reached";
    const answer = replyErrorOf(cause);
    const why = answer === undefined
      ? errorText(cause)
      : `it answered ${explainReplyError(answer)}`;
    return new RedisUnavailableError(
      `Cannot ${action}: Redis at ${this.address} ${what} (${why})`,
      { mayHaveHappened, cause },
    );
  }

  #newAttempt(): Attempt {
    const abort = new AbortController();
    const drop = (failure: unknown) => this.#drop(attempt, failure);
    const attempt: Attempt = { abort, opened: this.#open(abort.signal, drop) };
    attempt.opened.then((connection) => attempt.connection = connection, drop);
    return attempt;
  }

  async #open(
    signal: AbortSignal,
    onBroken: (failure: unknown) => void,
  ): Promise<WatchedConnection> {
    await sleep(backoffMs(this.#failures), signal);
    signal.throwIfAborted();
    const opening = this.#options.open(signal)
      .then((connection) => new WatchedConnection(connection, onBroken));
    // It may open when the attempt has been aborted. Then it must not stay open.
    signal.addEventListener("abort", () => opening.then((late) => late.close(), () => {}));
    return await waitFor(opening, { timeoutMs: CONNECT_TIMEOUT_MS, signal });
  }

  #drop(attempt: Attempt, failure: unknown): void {
    if (attempt.abort.signal.aborted) return;
    if (this.#attempt === attempt) {
      this.#attempt = undefined;
      this.#failures++;
      this.#lastFailure = failure;
    }
    attempt.abort.abort(new ConnectionFailure("the connection was given up"));
  }
}

/**
 * No delay before the first failure, then a delay that doubles. It is random, too: clients that lost Redis
 * together must not come back together.
 */
function backoffMs(failures: number): number {
  if (failures === 0) return 0;
  return Math.min(LONGEST_BACKOFF_MS, 10 * 2 ** failures) * (0.5 + Math.random() / 2);
}
