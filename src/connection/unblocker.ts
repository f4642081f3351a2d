import { RedisReplyError } from "../errors.ts";
import type { SupervisedConnection } from "./supervised_connection.ts";

/** Seconds are too long for a hint; a server that is away is asked again. */
const ASK_PATIENCE_MS = 1_000;

/** Ends blocked commands of other connections, if the server can. */
export class Unblocker {
  readonly #commands: SupervisedConnection;
  #works: Promise<boolean> | undefined;

  /** @param commands A connection on which nothing blocks. */
  constructor(commands: SupervisedConnection) {
    this.#commands = commands;
  }

  /** Whether the server tells the ids of connections, and ends a blocked command. It is asked once. */
  works(): Promise<boolean> {
    return this.#works ??= this.#ask();
  }

  /** Ends what the connection `id` waits for; resolves to whether it did wait. */
  async unblock(id: number): Promise<boolean> {
    return await this.#client("UNBLOCK", id) === 1;
  }

  async #ask(): Promise<boolean> {
    let subcommand = "ID";
    try {
      const own = Number(await this.#client(subcommand));
      subcommand = "UNBLOCK";
      await this.unblock(own); // it does not wait: this changes nothing
      return true;
    } catch (error) {
      if (error instanceof RedisReplyError) {
        const effect = "a consumer that stops closes a connection to end its blocked pop";
        this.#commands.shortfalls.tell(`CLIENT ${subcommand}`, effect, error);
      } else {
        this.#works = undefined;
      }
      return false;
    }
  }

  #client(subcommand: string, ...args: number[]) {
    return this.#commands.send({
      name: "CLIENT",
      args: [subcommand, ...args],
      action: "stop waiting for an item",
      giveUpAfterMs: ASK_PATIENCE_MS,
      once: true,
    });
  }
}
