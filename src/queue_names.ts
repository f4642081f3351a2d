import type { NodeAddress } from "./connection/connection_options.ts";
import { openerOf } from "./connection/open.ts";
import type { RedisReply } from "./connection/redis_connection.ts";
import { SupervisedConnection } from "./connection/supervised_connection.ts";
import { waitFor } from "./connection/time_limit.ts";
import { checkOptions, checkSignal } from "./given_options.ts";
import { queueKeys } from "./lua/keys.ts";
import { resolveServerOptions, type ServerOptions } from "./options.ts";

/** How to look for queues. */
export interface QueueNamesOptions {
  /** Maximum number of names; a whole number above 0. Default: 1,000. */
  limit?: number | undefined;
  /** Ends the search, which rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const OPTIONS = { limit: true, signal: true } satisfies Record<keyof QueueNamesOptions, true>;

const DEFAULT_LIMIT = 1_000;
/** How many keys Redis looks at in one call: a fraction of a millisecond of its time. */
const KEYS_A_CALL = 1_000;
const ACTION = "look for queues";

/**
 * The names of the queues that Redis holds: of all that have items, totals, a pause or consumers. Of a cluster it asks all masters.
 *
 * It looks through all keys of the database, a thousand a call, so that nobody else has to wait: about a second for a million
 * keys. A queue that comes or goes meanwhile may be missing, or named. The user needs the command `SCAN`.
 *
 * @param options Where Redis is.
 * @param search How many names, and what ends the search.
 * @returns The names, sorted; if there are more than `limit`, some of them.
 * @throws {TypeError} If an option is unknown or has a wrong value.
 * @throws {RedisUnavailableError} If Redis is away.
 * @throws {RedisReplyError} If Redis refuses, for example since the user may not `SCAN`.
 *
 * @example
 * ```ts
 * import { queueNames, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * const url = "redis://localhost:6379";
 * for (const name of await queueNames({ url })) {
 *   await using queue = new SafeRedisQueue({ url, name, autocleanInterval: null });
 *   console.log(name, await queue.size());
 * }
 * ```
 */
export async function queueNames(
  options: ServerOptions = {},
  search: QueueNamesOptions = {},
): Promise<string[]> {
  checkOptions(search, OPTIONS);
  const { limit = DEFAULT_LIMIT, signal } = search;
  checkSignal(signal);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new TypeError(
      `The option limit is ${Deno.inspect(limit)}: expected a whole number above 0`,
    );
  }
  const { options: connection, ...server } = resolveServerOptions(options, "");
  const names = new Set<string>();
  const look = (connection: SupervisedConnection) => addNames(connection, names, limit, signal);
  const masters = connection.cluster === undefined || options.connect !== undefined
    ? undefined
    : await onConnection(server, (connection) => mastersOf(connection, signal));
  if (masters === undefined) await onConnection(server, look);
  const { cluster, ...others } = connection;
  for (const { hostname, port } of masters ?? []) {
    // A node that does not know its own name means that by which it was reached.
    const address = { hostname: hostname || cluster!.nodes[0]!.hostname, port };
    await onConnection({ ...server, ...openerOf({ ...others, ...address }, "") }, look);
  }
  return Array.from(names).sort().slice(0, limit);
}

/** Adds the names of the queues of one server, until there are `limit`. */
export async function addNames(
  connection: SupervisedConnection,
  names: Set<string>,
  limit: number,
  signal?: AbortSignal,
): Promise<void> {
  let cursor = "0";
  do {
    const args = [cursor, "MATCH", "srq:*:*", "COUNT", KEYS_A_CALL];
    const call = connection.send({ name: "SCAN", args, bytes: true, action: ACTION });
    const [next, keys] = await waitFor(call, { signal }) as [Uint8Array, Uint8Array[]];
    for (const key of keys) {
      const name = nameIn(key);
      if (name !== undefined) names.add(name);
    }
    cursor = new TextDecoder().decode(next);
  } while (cursor !== "0" && names.size < limit);
}

/** What keys end with. No end has a colon, so a name may have some. */
const ENDS = new Set(Object.values(queueKeys("")).map((key) => key.slice("srq::".length)));

/** The name of the queue that has this key; `undefined` if none can have it. */
function nameIn(key: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(key);
  } catch {
    return undefined;
  }
  const [, name, end] = /^srq:(.*):([^:]+)$/s.exec(text) ?? [];
  return ENDS.has(end ?? "") ? name : undefined;
}

type SlotRange = [first: number, last: number, master: [hostname: string | null, port: number]];

async function mastersOf(
  connection: SupervisedConnection,
  signal: AbortSignal | undefined,
): Promise<(NodeAddress & { port: number })[]> {
  const call = connection.send({ name: "CLUSTER", args: ["SLOTS"], action: ACTION });
  const ranges = await waitFor<RedisReply>(call, { signal }) as SlotRange[];
  const masters = new Map(
    ranges.map(([, , [hostname, port]]) => [`${hostname} ${port}`, {
      hostname: hostname ?? "",
      port,
    }]),
  );
  return Array.from(masters.values());
}

async function onConnection<R>(
  server: ConstructorParameters<typeof SupervisedConnection>[0],
  use: (connection: SupervisedConnection) => Promise<R>,
): Promise<R> {
  const connection = new SupervisedConnection(server);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
