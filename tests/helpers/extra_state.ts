import { queueKeys } from "../../src/keys.ts";
import type { TestRedis } from "./redis.ts";

/** What Redis holds of one queue beside the Python library's keys. */
export interface ExtraState {
  /** uid -> failed deliveries */
  attempts: Record<string, number>;
  /** uid -> text of the last error */
  errors: Record<string, string>;
  /** uid -> microseconds since the epoch when it is due */
  delayed: Record<string, number>;
  /** uid -> microseconds since the epoch when it died */
  dead: Record<string, number>;
}

export const NO_EXTRAS: ExtraState = { attempts: {}, errors: {}, delayed: {}, dead: {} };

/** Writes a state, beside what {@linkcode seed} has written. */
export async function seedExtras(
  redis: TestRedis,
  name: string,
  state: Partial<ExtraState>,
): Promise<void> {
  const keys = queueKeys(name);
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
  const [attempts, errors, delayed, dead] = await Promise.all([
    redis.command("HGETALL", keys.attempts),
    redis.command("HGETALL", keys.errors),
    redis.command("ZRANGE", keys.delayed, 0, -1, "WITHSCORES"),
    redis.command("ZRANGE", keys.dead, 0, -1, "WITHSCORES"),
  ]) as string[][];
  return {
    attempts: numbers(attempts!),
    errors: Object.fromEntries(pairs(errors!)),
    delayed: numbers(delayed!),
    dead: numbers(dead!),
  };
}

const PLACES = [
  ["attempts", "HSET"],
  ["errors", "HSET"],
  ["delayed", "ZADD"],
  ["dead", "ZADD"],
] as const;

function numbers(list: string[]): Record<string, number> {
  return Object.fromEntries(pairs(list).map(([uid, value]) => [uid, Number(value)]));
}

function pairs(list: string[]): [string, string][] {
  return list.flatMap((key, i) => i % 2 === 0 ? [[key, list[i + 1]!]] : []);
}
