import type { OpenSafeConnection, SafeConnection } from "./connection/safe_connection.ts";
import { HandlerError, RedisUnavailableError } from "./errors.ts";
import { lineOf, report } from "./report.ts";

/** How long an outage is not mentioned again. */
const QUIET_MS = 60_000;

/**
 * The default of the option `onError`. It prints one line for each error, without the stack. Of an outage it prints the
 * beginning and the end, and a line a minute in between, whatever fails meanwhile.
 */
export class ErrorPrinter {
  /** Where Redis is, for the texts. */
  readonly #address: string;
  /** When the outage was mentioned last, while it lasts. */
  #mentionedAt: number | undefined;
  /** The newest one. */
  #connection: SafeConnection | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  readonly print = (error: unknown): void => {
    if (error instanceof RedisUnavailableError) {
      const now = performance.now();
      if (now - (this.#mentionedAt ?? -Infinity) < QUIET_MS) return;
      this.#mentionedAt = now;
      this.#awaitEnd();
    }
    report(textOf(error));
  };

  /** Has the end of an outage told, by the connections that `open` makes. */
  watch(open: OpenSafeConnection): OpenSafeConnection {
    return async (signal) => {
      const connection = this.#connection = await open(signal);
      if (this.#mentionedAt !== undefined) this.#awaitEnd();
      return connection;
    };
  }

  /** The outage is over when Redis answers. A connection says little: a frozen server accepts those, too. */
  #awaitEnd(): void {
    this.#connection?.sendCommand("PING", []).then(() => this.#end(), () => {});
  }

  #end(): void {
    if (this.#mentionedAt === undefined) return;
    this.#mentionedAt = undefined;
    report(`Redis at ${this.#address} answers again`);
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof HandlerError)) return lineOf(error);
  return `Item ${error.uid}, attempt ${error.attempt}: ${lineOf(error.cause)}`;
}
