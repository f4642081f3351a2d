import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { claim, type ClaimRequest } from "../../src/lua/claim.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { seed } from "./queue_state.ts";
import type { TestRedis } from "./redis.ts";

/** A claim by an instance that never claimed before, with a lease of a minute. */
export function aClaim(wanted: Partial<ClaimRequest>): ClaimRequest {
  return {
    ...{ max: 1, maxBytes: 4 * 1024 * 1024, lease: 60, maxAttempts: 0 },
    ...{ instance: crypto.randomUUID(), number: 1, read: 0 },
    ...wanted,
  };
}

/** What an instance claims, one claim after the other; `read` is what it says of those before. */
export function claims(connection: SupervisedConnection, keys: QueueKeys, instance = "A") {
  return async (number: number, read: number, wanted: Partial<ClaimRequest> = {}) => {
    const { items } = await claim(connection, keys, aClaim({ instance, number, read, ...wanted }));
    return items.map(({ uid }) => uid);
  };
}

export async function fourItems(redis: TestRedis): Promise<QueueKeys> {
  await seed(redis, "q", {
    items: { c: "1", b: "2", a: "3", d: "4" },
    queue: ["d", "a", "b", "c"],
  });
  return queueKeys("q");
}
