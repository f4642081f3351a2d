import { setTimeout as sleep } from "node:timers/promises";
import type { Scene } from "./scene.ts";
import { anyOf, between, UNORDERED } from "./work.ts";

/** Faults by what they do. Each ends with everything as it was before. */
export type Faults = Record<string, (scene: Scene) => Promise<void>>;

/** Seconds. */
const LONGEST_SUSPENSION = 5;

/** Faults of one process. */
export const OF_PROCESSES: Faults = {
  "a producer killed": (scene) => scene.replace(scene.anyOf("producer")),

  "a consumer killed": (scene) => scene.replace(scene.anyOf("consumer")),

  "a producer ended and another started": (scene) => scene.renew(scene.anyOf("producer")),

  "a consumer ended and another started": (scene) => scene.renew(scene.anyOf("consumer")),

  "a producer suspended": (scene) => scene.suspend(scene.anyOf("producer"), between(500, 4_000)),

  "a consumer suspended past a short lease": (scene) => {
    const consumer = scene.anyOf("consumer");
    const seconds = Math.min(consumer.lease, LONGEST_SUSPENSION);
    return scene.suspend(consumer, between(seconds * 1_200, seconds * 2_000));
  },
};

/** Faults of Redis, and of the network. */
export const OF_REDIS: Faults = {
  "Redis killed and started again": async ({ redis }) => {
    await redis.kill();
    await sleep(between(0, 2_000));
    await redis.startAgain();
  },

  "Redis suspended": async ({ redis }) => {
    redis.suspend();
    await sleep(between(500, 5_000));
    redis.resume();
  },

  "CLIENT KILL of all": async ({ redis }) => {
    await redis.command("CLIENT", "KILL", "TYPE", "normal");
  },

  "CLIENT PAUSE": async ({ redis }) => {
    const ms = Math.round(between(500, 4_000));
    await redis.command("CLIENT", "PAUSE", ms, "ALL");
    await sleep(ms);
  },

  "SCRIPT FLUSH": async ({ redis }) => {
    await redis.command("SCRIPT", "FLUSH");
  },

  "Redis full": async ({ redis }) => {
    await redis.command("CONFIG", "SET", "maxmemory", 1);
    await sleep(between(200, 1_500));
    await redis.command("CONFIG", "SET", "maxmemory", 0);
  },

  "all connections cut": ({ proxy }) => Promise.resolve(proxy.cutAll()),

  "all connections cut, and new ones refused": async ({ proxy }) => {
    proxy.refuse(true);
    proxy.cutAll();
    await sleep(between(200, 2_000));
    proxy.refuse(false);
  },

  "connections frozen": async ({ proxy }) => {
    proxy.freeze();
    await sleep(between(500, 8_000));
    proxy.thaw();
  },

  "all connections frozen, new ones too": async ({ proxy }) => {
    proxy.freeze({ andNew: true });
    await sleep(between(500, 6_000));
    proxy.thaw();
  },

  "a script's answer cut": (scene) => cutAnswer(scene, "EVALSHA", 100),

  "a blocked pop's answer cut": (scene) => cutAnswer(scene, "BLMOVE", 40),

  "a slow network": async ({ proxy }) => {
    proxy.delay = () => between(0, 100);
    await sleep(between(500, 3_000));
    proxy.delay = () => 0;
  },

  "a popped item without lease": async ({ redis }) => {
    const name = anyOf(UNORDERED);
    await redis.command("LMOVE", `srq:${name}:queue`, `srq:${name}:ackbuf`, "RIGHT", "LEFT");
  },

  "an item out of all lists": async ({ redis }) => {
    await redis.command("RPOP", `srq:${anyOf(UNORDERED)}:queue`);
  },
};

/** Cuts the next answer to `command` after up to `most` bytes; where it is long in coming, the soak goes on meanwhile. */
async function cutAnswer({ proxy }: Scene, command: string, most: number): Promise<void> {
  const request = (sent: string) => sent.includes(command);
  await Promise.race([
    proxy.cutReply({ request, pass: Math.floor(between(0, most)) }),
    sleep(5_000),
  ]);
}
