import { readState } from "./queue_state.ts";
import type { TestRedis } from "./redis.ts";
import { until } from "./until.ts";

/** The numbers from `first` to `last`, as texts. */
export function numbers(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
}

/** Numbered items of about 1,000 bytes: a hundred of them fill any pipe. */
export function largeItems(count: number): string[] {
  return numbers(1, count).map((number) => number.padEnd(1_000, "."));
}

export function lines(items: string[]): string {
  return items.map((item) => `${item}\n`).join("");
}

/** The items that a consumer printed. */
export function printedItems(stdout: string): string[] {
  return stdout.split("\n").slice(0, -1).map((line) => line.slice(37));
}

/** The items that wait in the queue `test`, oldest first. */
export async function waiting(redis: TestRedis): Promise<string[]> {
  const { items, queue } = await readState(redis, "test");
  return queue.toReversed().map((uid) => items[uid]!);
}

export async function inFlight(redis: TestRedis): Promise<number> {
  const { ackbuf, aging } = await readState(redis, "test");
  return ackbuf.length + Object.keys(aging).length;
}

export async function put(redis: TestRedis, items: string[]): Promise<string[]> {
  await using queue = redis.queue({ name: "test" });
  return await queue.putMany(items);
}

/** Resolves when a consumer waits for an item. */
export async function blocked(redis: TestRedis): Promise<void> {
  await until("a consumer waits", async () => await redis.blockedClients() === 1);
}

/** Resolves when a consumer can't go on, since nobody reads what it prints. */
export async function stalled(redis: TestRedis): Promise<void> {
  let before = "";
  await until("the consumer holds items and does not go on", async () => {
    const now = JSON.stringify(await readState(redis, "test"));
    const still = now === before && await inFlight(redis) > 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return still;
  });
}
