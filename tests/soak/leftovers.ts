import type { RedisReply } from "../../mod.ts";

/** Sends Redis a command. */
export type Command = (name: string, ...args: string[]) => Promise<RedisReply>;

/** The keys that queues have when items are left: not running totals, and what is noted of instances, which stays a while. */
export async function keysOf(command: Command): Promise<string[]> {
  const keys = await command("KEYS", "*") as string[];
  return keys.filter((key) => !/:(?:stats|claims|consumers|consumer_notes)$/.test(key)).sort();
}

/** Keys with what they hold, for people. */
export async function describe(command: Command, keys: string[]): Promise<string[]> {
  return await Promise.all(keys.map(async (key) => {
    const type = String(await command("TYPE", key));
    const size = SIZE[type];
    return `${key}: ${type}${size === undefined ? "" : ` of ${await command(size, key)}`}`;
  }));
}

/** An item that is in Redis. */
export interface Leftover {
  label: string;
  /** The keys that hold its uid, with its place or time there. */
  state: string;
}

/** What is left of the items of the queue `name`. */
export async function itemsOf(command: Command, name: string): Promise<Leftover[]> {
  const stored = await command("HGETALL", `srq:${name}:items`) as string[];
  const keys = (await keysOf(command)).filter((key) => key.startsWith(`srq:${name}:`));
  const items: Leftover[] = [];
  for (let i = 0; i < stored.length; i += 2) {
    const [uid, item] = [stored[i]!, stored[i + 1]!];
    const places = await Promise.all(keys.map((key) => placeIn(command, key, uid)));
    const state = places.filter((place) => place !== undefined).join(", ");
    items.push({ label: item.slice(0, item.indexOf(":")), state: `${uid}: ${state}` });
  }
  return items;
}

async function placeIn(command: Command, key: string, uid: string): Promise<string | undefined> {
  const type = String(await command("TYPE", key));
  const place = type === "zset"
    ? await command("ZSCORE", key, uid)
    : type === "list"
    ? await command("LPOS", key, uid)
    : type === "hash" && !key.endsWith(":items")
    ? await command("HGET", key, uid)
    : null;
  return place === null ? undefined : `${key} ${place}`;
}

const SIZE: Record<string, string> = {
  hash: "HLEN",
  list: "LLEN",
  zset: "ZCARD",
  set: "SCARD",
  stream: "XLEN",
};
