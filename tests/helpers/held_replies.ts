import type { OpenConnection } from "../../src/connection/redis_connection.ts";
import { plainClient } from "./plain_client.ts";
import type { TestRedis } from "./redis.ts";

/**
 * Connections that hold back Redis's answers to one command, so that a test decides what happens between the moment
 * when Redis has done its work and the moment when the queue learns of it.
 */
export class HeldReplies {
  readonly #redis: TestRedis;
  readonly #command: string;
  #held: PromiseWithResolvers<void> | undefined;
  #arrived = Promise.withResolvers<unknown>();

  constructor(redis: TestRedis, command: string) {
    this.#redis = redis;
    this.#command = command;
  }

  /** Holds back the answers from now on; resolves to the first of them. */
  hold(): Promise<unknown> {
    this.#held = Promise.withResolvers();
    this.#arrived = Promise.withResolvers();
    return this.#arrived.promise;
  }

  /** Lets the queue have them, and those to come. */
  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** For the option `connect`. */
  readonly connect: OpenConnection = () => {
    const client = plainClient(this.#redis.port);
    return {
      sendCommand: async (command, args, options) => {
        const reply = await client.sendCommand(command, args, options);
        if (command === this.#command) {
          this.#arrived.resolve(reply);
          await this.#held?.promise;
        }
        return reply;
      },
      close: () => client.close(),
    };
  };
}
