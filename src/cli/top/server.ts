import { SupervisedConnection } from "../../connection/supervised_connection.ts";
import { type Consumer, consumersOf } from "../../consumers.ts";
import { queueKeys } from "../../lua/keys.ts";
import { listConsumers } from "../../lua/list_consumers.ts";
import { pause } from "../../lua/pause.ts";
import { peek } from "../../lua/peek.ts";
import { stats } from "../../lua/stats.ts";
import { resolveServerOptions } from "../../options.ts";
import { addNames } from "../../queue_names.ts";
import { type QueueStats, statsOf } from "../../queue_stats.ts";
import type { GivenOptions } from "../command.ts";
import { connected, ofGiven, urlOf } from "../open_queue.ts";

/** All queues of a server, over one connection: there may be a thousand of them. */
export class Server implements AsyncDisposable {
  readonly #connection: SupervisedConnection;

  private constructor(connection: SupervisedConnection) {
    this.#connection = connection;
  }

  /**
   * The server at the address that the user gave.
   *
   * @param commandTimeout Seconds that Redis may stay away until a call rejects; `null` for ever.
   */
  static async open(
    given: GivenOptions,
    commandTimeout: number | null,
    stop: AbortSignal,
  ): Promise<Server> {
    const url = await urlOf(given);
    const server = ofGiven(() => resolveServerOptions({ url, commandTimeout }, ""));
    const connection = new SupervisedConnection(server);
    const ping = connection.send({ name: "PING", args: [], action: "connect", once: true });
    await connected(ping, stop);
    return new Server(connection);
  }

  /** Where it is, without the password. */
  get address(): string {
    return this.#connection.address;
  }

  async names(limit: number): Promise<string[]> {
    const names = new Set<string>();
    await addNames(this.#connection, names, limit);
    return Array.from(names).sort().slice(0, limit);
  }

  async stats(name: string): Promise<QueueStats> {
    return statsOf(await stats(this.#connection, queueKeys(name)));
  }

  async consumers(name: string): Promise<Consumer[]> {
    return consumersOf(await listConsumers(this.#connection, queueKeys(name)));
  }

  peek(name: string, count: number): Promise<{ uid: string; payload: Uint8Array }[]> {
    return peek(this.#connection, queueKeys(name), count);
  }

  /** Pauses or resumes a queue; resolves to whether that changed anything. */
  pause(name: string, paused: boolean): Promise<boolean> {
    return pause(this.#connection, queueKeys(name), paused);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
