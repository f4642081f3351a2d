import assert from "node:assert/strict";
import { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { openerOf } from "../../src/connection/open.ts";
import { type ExtraState, NO_EXTRAS, readExtras, seedExtras } from "./extra_state.ts";
import { type QueueState, readState, seed } from "./queue_state.ts";
import { startRedis, type TestRedis } from "./redis.ts";

/** The score of what was done during the call: a lease that began, an item that died. */
export const NOW = -1;

/** Microseconds. */
const HOUR = 3_600_000_000;

/** The score of an item that is due so many seconds after the call: tens of them, within an hour. */
export function inSeconds(seconds: number): number {
  return -seconds;
}

/** All that Redis holds of one queue, but its totals. */
export type WholeState = QueueState & ExtraState;

/** One line of a table: what a script makes of a queue. */
export interface Row<Result> {
  name: string;
  before: Partial<WholeState>;
  call: (connection: SupervisedConnection, keys: QueueKeys) => Promise<Result>;
  returns: Result;
  /** What is left out is as it was before. */
  after: Partial<WholeState>;
  /** What the same call returns when it is sent again, and what it leaves then; the same by default. */
  again?: { returns?: Result; after?: Partial<WholeState> };
}

/**
 * Makes a test of each row: the script is called unknown to Redis, known, and forgotten (SCRIPT FLUSH), each time on a
 * queue of its own and twice in a row, and after each call the whole state is compared.
 */
export function testScript<Result>(rows: Row<Result>[]): void {
  for (const row of rows) {
    Deno.test(row.name, async () => {
      await using redis = await startRedis();
      await using connection = connect(redis);
      for (const name of ["unknown", "known", "forgotten"]) {
        if (name === "forgotten") await redis.command("SCRIPT", "FLUSH");
        await checkRow(redis, connection, name, row);
      }
    });
  }
}

/** A supervised connection, as scripts want it, that closes at the end of its block. */
export function connect(redis: TestRedis): SupervisedConnection & AsyncDisposable {
  const options = { hostname: "127.0.0.1", port: redis.port };
  const connection = new SupervisedConnection({
    ...openerOf(options, "any key"),
    commandTimeoutMs: 10_000,
  });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

async function checkRow<Result>(
  redis: TestRedis,
  connection: SupervisedConnection,
  name: string,
  row: Row<Result>,
): Promise<void> {
  const before = { items: {}, queue: [], ackbuf: [], aging: {}, ...NO_EXTRAS, ...row.before };
  await seed(redis, name, before);
  await seedExtras(redis, name, before);
  const calledAt = await redis.now();

  assert.deepEqual(await row.call(connection, queueKeys(name)), row.returns, name);
  const after = { ...before, ...row.after };
  assert.deepEqual(await stateSince(redis, name, calledAt), after, name);

  const { returns = row.returns, after: changed = {} } = row.again ?? {};
  assert.deepEqual(await row.call(connection, queueKeys(name)), returns, `${name}, again`);
  assert.deepEqual(
    await stateSince(redis, name, calledAt),
    { ...after, ...changed },
    `${name}, again`,
  );
}

/** The state with {@linkcode NOW} for what was done since `calledAt`, and {@linkcode inSeconds} for what is due later. */
async function stateSince(redis: TestRedis, name: string, calledAt: number): Promise<WholeState> {
  const state = { ...await readState(redis, name), ...await readExtras(redis, name) };
  const now = await redis.now();
  const done = (score: number) => calledAt <= score && score <= now ? NOW : score;
  // Less than ten seconds have passed since the call.
  const due = (score: number) =>
    now < score && score < now + HOUR
      ? inSeconds(Math.floor((score - calledAt) / 1e7) * 10)
      : score;
  return {
    ...state,
    aging: mapped(state.aging, done),
    short: mapped(state.short, due),
    named: mapped(state.named, done),
    delayed: mapped(state.delayed, due),
    dead: mapped(state.dead, done),
  };
}

function mapped(
  scores: Record<string, number>,
  change: (score: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(scores).map(([uid, score]) => [uid, change(score)]));
}
