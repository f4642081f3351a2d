import assert from "node:assert/strict";
import { Shortfalls } from "../../../src/connection/shortfalls.ts";
import { Presence, type PresenceOptions } from "../../../src/engine/presence.ts";
import { RedisReplyError, RedisUnavailableError } from "../../../src/errors.ts";
import type { Announcement } from "../../../src/lua/parts/presence.ts";

/** A presence, and what it does. */
function recorded(options: Partial<PresenceOptions> = {}) {
  const did = { told: [] as string[], departed: 0, taking: false, claims: 0 };
  const presence = new Presence({
    ...{ id: "id", name: "name", key: "srq:q:consumers", interval: 10 },
    isTaking: () => did.taking,
    claims: () => did.claims,
    announce: () => {},
    depart: () => {
      did.departed++;
      return Promise.resolve();
    },
    shortfalls: new Shortfalls("here", (error) => did.told.push(String(error))),
    ...options,
  });
  /** What goes along with a call, which is refused if it is anything. */
  const along = async (error?: Error) => {
    const sent: (Announcement | undefined)[] = [];
    await presence.along((announcement) => {
      sent.push(announcement);
      return announcement !== undefined && error !== undefined
        ? Promise.reject(error)
        : Promise.resolve({});
    });
    return sent.map((announcement) => announcement !== undefined);
  };
  return { presence, did, along };
}

const POST = { concurrency: 3, inHand: () => 2 };
const NOPERM = new RedisReplyError("no", { code: "NOPERM" });

Deno.test("nothing goes along unless the instance consumes", async () => {
  const { presence, did, along } = recorded();
  assert.deepEqual(await along(), [false]);
  await presence.end();
  assert.equal(did.departed, 0);
});

Deno.test("an announcement goes along with a call, and not with the next one that is soon", async () => {
  const { presence, along } = recorded();
  const leave = presence.enter(POST);
  assert.deepEqual([await along(), await along()], [[true], [false]]);
  leave();
});

Deno.test("an announcement that got lost goes along with the next call", async () => {
  const { presence, along } = recorded();
  const leave = presence.enter(POST);
  const away = new RedisUnavailableError("away", { mayHaveHappened: true });
  await assert.rejects(along(away), away);
  assert.deepEqual(await along(), [true]);
  leave();
});

Deno.test("who may not use the keys is told once, and the call goes alone from then on", async () => {
  const { presence, did, along } = recorded();
  const leave = presence.enter(POST);
  assert.deepEqual([await along(NOPERM), await along(NOPERM)], [[true, false], [false]]);
  assert.equal(did.told.length, 1);
  leave();
});

Deno.test("a refusal of another kind, or of the call itself, is the call's", async () => {
  const { presence, did, along } = recorded();
  const leave = presence.enter(POST);
  const full = new RedisReplyError("full", { code: "OOM" });
  await assert.rejects(along(full), full);
  await assert.rejects(presence.along(() => Promise.reject(NOPERM)), NOPERM);
  assert.deepEqual(did.told, []);
  leave();
});

Deno.test("who takes, or has claimed since, consumes; who did before it worked does not any more", async () => {
  const { presence, did, along } = recorded();
  did.taking = true;
  assert.deepEqual(await along(), [true]);
  await presence.end();
  assert.equal(did.departed, 1);

  const other = recorded();
  other.did.claims = 1;
  assert.deepEqual(await other.along(), [true]);

  const third = recorded();
  const leave = third.presence.enter(POST);
  third.did.claims = 5;
  assert.deepEqual(await third.along(), [true]);
  third.did.claims = 9;
  leave();
  assert.equal(third.did.departed, 1);
  third.presence.enter(POST)(); // forgets when it said so last
  assert.deepEqual(await third.along(), [false]);
});

Deno.test("the last of several workers says that none is left, and one that nobody heard of says nothing", async () => {
  const { presence, did, along } = recorded();
  const leave = [presence.enter({ ...POST }), presence.enter({ ...POST })];
  await along();
  leave[0]!();
  assert.equal(did.departed, 0);
  leave[1]!();
  assert.equal(did.departed, 1);
  presence.enter(POST)();
  await presence.end();
  assert.equal(did.departed, 1);
});
