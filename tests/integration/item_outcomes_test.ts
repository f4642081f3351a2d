import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { QueueItem } from "../../mod.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";

type Item = QueueItem<string>;

const NONE = { acked: 0, failed: 0, dead: 0, released: 0, lost: 0, cancelled: 0 };

/** What a handler does with its item, which of the outcomes that is, and where the item is then. */
const HANDLERS: Record<string, {
  handler: (item: Item) => unknown;
  outcome: keyof typeof NONE;
  rests: "gone" | "waits" | "dead" | "delayed";
}> = {
  "fails twice": {
    handler: async (item) => {
      assert.deepEqual([await item.fail({ delay: 60 }), await item.fail()], [true, true]);
    },
    ...{ outcome: "failed", rests: "delayed" },
  },
  "fails twice at once": {
    handler: async (item) => {
      assert.deepEqual(await Promise.all([item.fail({ delay: 60 }), item.fail()]), [true, true]);
    },
    ...{ outcome: "failed", rests: "delayed" },
  },
  "fails, does not wait, and returns": {
    handler: (item) => void item.fail({ delay: 60 }),
    ...{ outcome: "failed", rests: "delayed" },
  },
  "fails, does not wait, and throws": {
    handler: (item) => {
      item.fail({ delay: 60 });
      throw new Error("after fail");
    },
    ...{ outcome: "failed", rests: "delayed" },
  },
  "acks, does not wait, and throws": {
    handler: (item) => {
      item.ack();
      throw new Error("after ack");
    },
    ...{ outcome: "acked", rests: "gone" },
  },
  "acks, and throws": {
    handler: async (item) => {
      await item.ack();
      throw new Error("after ack");
    },
    ...{ outcome: "acked", rests: "gone" },
  },
  "acks twice, and then fails": {
    handler: async (item) => {
      const told = [await item.ack(), await item.ack(), await item.fail(), await item.release()];
      assert.deepEqual(told, [true, true, false, false]);
    },
    ...{ outcome: "acked", rests: "gone" },
  },
  "fails, and then acks": {
    handler: async (item) => {
      const told = [item.fail({ delay: 60 }), item.ack(), item.release()];
      assert.deepEqual(await Promise.all(told), [true, false, false]);
    },
    ...{ outcome: "failed", rests: "delayed" },
  },
  "gives it back twice, and then acks": {
    handler: async (item) => {
      const told = [item.release(), item.release(), item.ack(), item.fail()];
      assert.deepEqual(await Promise.all(told), [true, true, false, false]);
    },
    ...{ outcome: "released", rests: "waits" },
  },
  "gives it back, does not wait, and throws": {
    handler: (item) => {
      item.release();
      throw new Error("after release");
    },
    ...{ outcome: "released", rests: "waits" },
  },
};

for (const [what, { handler, outcome, rests }] of Object.entries(HANDLERS)) {
  Deno.test(`of a handler that ${what} the first outcome counts`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ onError: () => {} });
    const uid = await queue.put("item");
    let failure: unknown;
    const { ended: _, ...outcomes } = await queue.drain(async (item) => {
      try {
        await handler(item);
      } catch (error) {
        if (error instanceof assert.AssertionError) failure = error;
        throw error;
      }
    }, { maxItems: 1 });

    assert.equal(failure, undefined);
    assert.deepEqual(outcomes, { ...NONE, [outcome]: 1 });
    const { queue: waiting } = await readState(redis, "0");
    const { delayed, dead } = await readExtras(redis, "0");
    const places = { waits: waiting, delayed: Object.keys(delayed), dead: Object.keys(dead) };
    const found = Object.entries(places).filter(([, uids]) => uids.includes(uid));
    assert.deepEqual(found.map(([place]) => place), rests === "gone" ? [] : [rests]);
  });
}

Deno.test("item.release() resolves as queue.release() does: to whether the item was in flight", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const released: boolean[] = [];
  for (const isElsewhere of [false, true]) {
    await queue.put("item");
    await queue.drain(async (item) => {
      if (isElsewhere) await queue.ack(item.uid);
      released.push(await item.release());
    }, { maxItems: 1 });
    await queue.clear();
  }
  assert.deepEqual(released, [true, false]);
});

Deno.test("an item shows what a QueueItem has, and nothing of the inside", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("item");
  let item!: Item;
  await queue.drain((given) => void (item = given));

  const { enqueuedAt, signal } = item;
  const shown = { uid, payload: "item", attempt: 1, enqueuedAt };
  assert.equal(Deno.inspect(item), `QueueItem ${Deno.inspect({ ...shown, signal })}`);
  assert.equal(inspect(item), `QueueItem ${inspect({ ...shown, signal })}`);
  assert.deepEqual(JSON.parse(JSON.stringify(item)), {
    ...shown,
    enqueuedAt: enqueuedAt!.toISOString(),
  });
});
