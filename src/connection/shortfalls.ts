import { QueueError } from "../errors.ts";
import { replyErrorOf } from "./reply_errors.ts";

/**
 * What a server does not let this queue do, and the queue can do without. Hosts leave out commands, and an ACL user may lack
 * them. Each shortfall is told once.
 */
export class Shortfalls {
  readonly #address: string;
  readonly #onError: (error: unknown) => void;
  readonly #told = new Set<string>();

  constructor(address: string, onError: (error: unknown) => void) {
    this.#address = address;
    this.#onError = onError;
  }

  /**
   * Tells that the server refuses `command`, unless that is known.
   *
   * @param effect What the queue does for want of it.
   * @param error What was caught, if Redis's answer is known.
   */
  tell(command: string, effect: string, error?: unknown): void {
    if (this.#told.has(command)) return;
    this.#told.add(command);
    const answer = replyErrorOf(error) ?? replyErrorOf((error as Error | undefined)?.cause);
    const words = answer === undefined ? "" : ` ("${answer.text}")`;
    this.#onError(
      new QueueError(`Redis at ${this.#address} refuses ${command}${words}: ${effect}`),
    );
  }
}
