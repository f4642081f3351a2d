import { queueKeys } from "../../src/lua/keys.ts";
import type { TestRedis } from "./redis.ts";

/** What Redis holds of one queue beside the Python library's keys. */
export interface ExtraState {
  /** From left to right: what was popped first is the last. */
  popped: string[];
  /** uid -> microseconds since the epoch when its lease ends, if that is less than a minute */
  short: Record<string, number>;
  /** uid that its producer chose -> microseconds since the epoch when it was put */
  named: Record<string, number>;
  /** uid -> failed deliveries */
  attempts: Record<string, number>;
  /** uid -> text of the last error */
  errors: Record<string, string>;
  /** uid -> headers as JSON */
  headers: Record<string, string>;
  /** uid -> microseconds since the epoch when it is due */
  delayed: Record<string, number>;
  /** uid -> microseconds since the epoch when it died */
  dead: Record<string, number>;
  /** uid -> place among the parked items, and order key */
  orderkeys: Record<string, string>;
  /** order key -> uid of the item whose turn it is */
  heads: Record<string, string>;
  /** Items that wait for their turn, in their order, each after its order key: "3:key000000000000001uid". All have the score 0. */
  parked: Record<string, number>;
  /** uid of a dead letter that keeps its turn -> order key */
  held: Record<string, string>;
}

export const NO_EXTRAS: ExtraState = {
  ...{ popped: [], short: {}, named: {} },
  ...{ attempts: {}, errors: {}, delayed: {}, dead: {} },
  ...{ headers: {}, orderkeys: {}, heads: {}, parked: {}, held: {} },
};

/** Writes a state, beside what {@linkcode seed} has written. */
export async function seedExtras(
  redis: TestRedis,
  name: string,
  state: Partial<ExtraState>,
): Promise<void> {
  const keys = queueKeys(name);
  if (state.popped?.length) await redis.command("RPUSH", keys.popped, ...state.popped);
  for (const [place, command] of PLACES) {
    const entries = Object.entries(state[place] ?? {});
    if (entries.length === 0) continue;
    const args = entries.flatMap(([uid, value]) =>
      command === "HSET" ? [uid, value] : [value, uid]
    );
    await redis.command(command, keys[place], ...args);
  }
}

/** Reads the whole of it. */
export async function readExtras(redis: TestRedis, name: string): Promise<ExtraState> {
  const keys = queueKeys(name);
  const popped = await redis.command("LRANGE", keys.popped, 0, -1) as string[];
  const read = async ([place, command]: (typeof PLACES)[number]) => {
    const list = command === "HSET"
      ? await redis.command("HGETALL", keys[place])
      : await redis.command("ZRANGE", keys[place], 0, -1, "WITHSCORES");
    const texts = Object.fromEntries(pairs(list as string[]));
    return [place, TEXTS.has(place) ? texts : numbers(texts)] as const;
  };
  const places = Object.fromEntries(await Promise.all(PLACES.map(read)));
  return { popped, ...places } as unknown as ExtraState;
}

const TEXTS = new Set<string>(["errors", "headers", "orderkeys", "heads", "held"]);

const PLACES = [
  ["short", "ZADD"],
  ["named", "HSET"],
  ["attempts", "HSET"],
  ["errors", "HSET"],
  ["headers", "HSET"],
  ["delayed", "ZADD"],
  ["dead", "ZADD"],
  ["orderkeys", "HSET"],
  ["heads", "HSET"],
  ["parked", "ZADD"],
  ["held", "HSET"],
] as const;

function numbers(texts: Record<string, string>): Record<string, number> {
  return Object.fromEntries(Object.entries(texts).map(([uid, text]) => [uid, Number(text)]));
}

function pairs(list: string[]): [string, string][] {
  return list.flatMap((key, i) => i % 2 === 0 ? [[key, list[i + 1]!]] : []);
}
