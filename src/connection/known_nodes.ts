import { ConnectionFailure } from "./connection_failure.ts";
import type { ConnectionOptions, NodeAddress } from "./connection_options.ts";
import { openDbRedis } from "./db_redis.ts";
import { waitFor } from "./time_limit.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { replyErrorOf } from "./reply_errors.ts";
import { openingFailure } from "./safe_errors.ts";
import type { Secrets } from "./secrets.ts";

/** The full address of a server. */
export type Address = NodeAddress & { port: number };

/** What {@linkcode KnownNodes} works with. */
export interface KnownNodesOptions {
  /** The servers that are known at the beginning. */
  nodes: NodeAddress[];
  defaultPort: number;
  /** How to connect to them. */
  connection: ConnectionOptions;
  /** Passwords of these servers and of the master. */
  secrets: Secrets;
  /** Asks `node` where the master is. */
  ask: (connection: RedisConnection, node: Address) => Promise<Address>;
  /** Connects to the master; rejects if the server says that it is not the master. */
  openMaster: (address: Address, abandoned: AbortSignal) => Promise<RedisConnection>;
}

/**
 * The time that one server has to answer. A healthy one answers at once, and a dead one must not use up the
 * time of the others.
 */
const PATIENCE_MS = 1_000;

/** Servers that know where the master is. Each of them may be gone, or may not know of a failover yet. */
export class KnownNodes {
  readonly #options: KnownNodesOptions;
  readonly #given: Address[];
  #nodes: Address[];

  constructor(options: KnownNodesOptions) {
    this.#options = options;
    const { nodes, defaultPort } = options;
    this.#given = nodes.map(({ hostname, port = defaultPort }) => ({ hostname, port }));
    this.#nodes = this.#given;
  }

  /** Replaces the known servers. Those known at the beginning stay. */
  learn(nodes: Address[]): void {
    this.#nodes = nodes;
    for (const node of this.#given) this.#nodes = [...this.#others(node), node];
  }

  /** Asks one server after the other until one leads to the master. Next time, that one is asked first. */
  async openMaster(abandoned: AbortSignal): Promise<RedisConnection> {
    const { secrets } = this.#options;
    const failures: Error[] = [];
    const texts: string[] = [];
    for (const node of this.#nodes) {
      // It goes behind the others until it leads to the master, so that it is also there if this attempt is
      // abandoned.
      this.#nodes = [...this.#others(node), node];
      try {
        const master = await this.#ask(node, abandoned);
        const connection = await this.#options.openMaster(master, abandoned);
        this.#nodes = [node, ...this.#others(node)];
        return connection;
      } catch (error) {
        abandoned.throwIfAborted();
        const failure = openingFailure(error, secrets);
        failures.push(failure);
        texts.push(`${secrets.hideIn(node.hostname)}:${node.port}: ${failure.message}`);
      }
    }
    throw failures.find(isRefusal) ?? new ConnectionFailure(texts.join("; "));
  }

  async #ask(node: Address, abandoned: AbortSignal): Promise<Address> {
    const { connection, ask } = this.#options;
    const asking = new AbortController();
    try {
      const asked = openDbRedis({ ...connection, ...node }, asking.signal)
        .then((opened) => ask(opened, node));
      return await waitFor(asked, { timeoutMs: PATIENCE_MS, signal: abandoned });
    } finally {
      asking.abort(); // closes the connection, answered or not
    }
  }

  #others(node: Address): Address[] {
    return this.#nodes.filter((other) =>
      other.hostname !== node.hostname || other.port !== node.port
    );
  }
}

/** Whether Redis itself gave an answer that will not change, such as "wrong password". */
function isRefusal(error: unknown): boolean {
  return replyErrorOf(error)?.passes === false;
}
