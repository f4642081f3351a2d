import type { OpenConnection } from "../../src/connection/redis_connection.ts";
import { plainClient } from "./plain_client.ts";
import type { TestRedis } from "./redis.ts";

/** Connections that note the commands they send: each is a round trip. */
export class CountedCommands {
  /** Names of the commands sent, over all connections. */
  readonly sent: string[] = [];
  /** The number of words, name and arguments, of the last of them. */
  lastWords = 0;
  readonly #redis: TestRedis;

  constructor(redis: TestRedis) {
    this.#redis = redis;
  }

  /** Forgets what was sent so far. */
  forget(): void {
    this.sent.length = 0;
  }

  /** For the option `connect`. */
  readonly connect: OpenConnection = () => {
    const client = plainClient(this.#redis.port);
    return {
      sendCommand: (command, args, options) => {
        this.sent.push(command);
        this.lastWords = 1 + args.length;
        return client.sendCommand(command, args, options);
      },
      close: () => client.close(),
    };
  };
}
