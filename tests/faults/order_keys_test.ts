import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { queueKeys } from "../../src/lua/keys.ts";
import { type Program, startProgram } from "../helpers/program.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";
import { notesIn } from "../soak/ledger.ts";
import { type OrderedDelivery, outOfOrder } from "../soak/order.ts";
import { anyOf, between, chance } from "../soak/work.ts";

const KEYS = 30;
const ITEMS = 4_000;
const CONSUMERS = 4;
const PRODUCERS = 3;

interface Delivery extends OrderedDelivery {
  endedAt: number;
  isDone: boolean;
}

/** A process that consumes, and what it noted. */
interface Consumer {
  program: Program;
  path: string;
  killedAt: number;
}

/** Producers, consumers that are killed, and others that use the queue, until all is done. */
async function play(redis: TestRedis, dir: string, onDead: "hold" | "continue") {
  const name = onDead;
  const keys = queueKeys(name);
  const put = new Set<string>();
  /** What somebody else acked. */
  const removed = new Set<string>();
  const consumers: Consumer[] = [];
  const running = new Set<Consumer>();
  const start = () => {
    const path = `${dir}/${name}-${consumers.length}`;
    Deno.writeTextFileSync(path, "");
    const program = startProgram("ordered_consumer", redis.port, name, path, 1, onDead);
    const consumer = { program, path, killedAt: Infinity };
    consumers.push(consumer);
    running.add(consumer);
  };
  for (let i = 0; i < CONSUMERS; i++) start();

  await using queue = redis.queue({ name, onDead, onError: () => {} });
  const produce = async (who: number) => {
    const next = new Map<string, number>();
    for (let count = 0; count < ITEMS / PRODUCERS;) {
      const key = `k${Math.floor(Math.random() * KEYS / PRODUCERS) * PRODUCERS + who}`;
      const labels = Array.from({ length: chance(0.3) ? 10 : 1 }, () => {
        const number = next.get(key) ?? 0;
        next.set(key, number + 1);
        return `${key}@${number}`;
      });
      await queue.putMany(labels, { orderKey: key });
      for (const label of labels) put.add(label);
      count += labels.length;
      if (chance(0.1)) await queue.put(`plain-${who}-${count}`);
      if (chance(0.05)) await sleep(between(0, 50));
    }
  };
  const python = new PythonSide(redis, name);
  let isOver = false;
  const disturb = async () => {
    for (let turn = 1; !isOver; turn++) {
      await sleep(100);
      await queue.dead.requeueAll();
      await python.autoclean(60);
      // One that nobody has in hand, nor soon: a stranger's ack ends its turn.
      const [uid] = await redis.command("ZRANGE", keys.delayed, -1, -1) as string[];
      const payload = uid === undefined ? null : await redis.command("HGET", keys.items, uid);
      const due = Number(await redis.command("ZSCORE", keys.delayed, uid ?? ""));
      if (turn % 3 === 0 && payload !== null && due > await redis.now() + 50_000) {
        await python.ack(uid!);
        removed.add(String(payload));
      }
      if (turn % 8 === 0 && turn < 60) {
        const consumer = anyOf([...running]);
        running.delete(consumer);
        start();
        consumer.killedAt = Date.now();
        await consumer.program.kill();
      }
    }
  };
  const work = async () => {
    try {
      await Promise.all(Array.from({ length: PRODUCERS }, (_, who) => produce(who)));
      const giveUpAt = Date.now() + 40_000;
      while (await queue.size() + await queue.inFlight() > 0 || (await queue.stats()).delayed > 0) {
        if (Date.now() > giveUpAt) break;
        await sleep(50);
      }
      const stuck = await redis.command("HVALS", keys.items);
      const isLeft = (key: string) => !/:(doorbell|delayed)$/.test(key);
      await until("what Python left is swept away", async () => !(await redis.keys()).some(isLeft));
      return stuck;
    } finally {
      isOver = true;
    }
  };
  const [stuck] = await Promise.all([work(), disturb()]);
  await Promise.all(consumers.map(async (consumer) => {
    consumer.killedAt = Math.min(consumer.killedAt, Date.now());
    await consumer.program.kill();
  }));
  const deliveries = (await Promise.all(consumers.map(deliveriesOf))).flat();
  const deaths = consumers.length - CONSUMERS;
  return { put, removed, stuck, deliveries, deaths };
}

async function deliveriesOf({ path, killedAt }: Consumer): Promise<Delivery[]> {
  const deliveries = new Map<number, Delivery>();
  for await (const { event, label, time, delivery } of notesIn(path)) {
    if (event === "handed") {
      deliveries.set(delivery, { label, at: time, endedAt: killedAt, isDone: false });
      continue;
    }
    const begun = deliveries.get(delivery)!;
    begun.endedAt = time;
    begun.isDone = event === "done";
  }
  return [...deliveries.values()];
}

for (const onDead of ["hold", "continue"] as const) {
  Deno.test(`items of one order key come one at a time and in order, whatever fails or dies (${onDead})`, async () => {
    await using redis = await startRedis();
    const dir = await Deno.makeTempDir();
    const { put, removed, stuck, deliveries, deaths } = await play(redis, dir, onDead);
    await Deno.remove(dir, { recursive: true });

    const wrong = outOfOrder(deliveries, ({ endedAt }, { at }) => endedAt > at);
    // A dead letter that lets the others go on comes after them when it is requeued.
    const isLate = (text: string) => onDead === "continue" && text.includes("came after");
    assert.deepEqual(wrong.filter((text) => !isLate(text)), []);
    const done = new Set(deliveries.flatMap(({ label, isDone }) => isDone ? [label] : []));
    const missing = [...put].filter((label) => !done.has(label) && !removed.has(label));
    assert.deepEqual({ stuck, missing }, { stuck: [], missing: [] });
    assert(removed.size > 0);
    assert(deaths > 1);
  });
}
