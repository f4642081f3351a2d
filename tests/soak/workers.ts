import { setTimeout as sleep } from "node:timers/promises";
import {
  exponentialBackoff,
  QueueClosedError,
  RedisUnavailableError,
  type SafeRedisQueue,
} from "../../mod.ts";
import { handle, type Post } from "./handler.ts";

export type { Post };

/** What works on a queue: workers end by the post's signal, loops when the queue is closed. */
export interface Crew {
  workers: Promise<void>[];
  loops: Promise<void>[];
}

/** Starts `consume` with one, ten and fifty handlers, with items taken ahead, `drain` in turns, and loops. */
export function startWorkers(queue: SafeRedisQueue, post: Post): Crew {
  const { signal } = post;
  const handler = (item: Parameters<typeof handle>[0]) => handle(item, post);
  const backoff = exponentialBackoff({ base: 0.1, max: 0.5 });
  return {
    workers: [
      queue.consume(handler, { signal }),
      queue.consume(handler, { signal, prefetch: 20 }),
      queue.consume(handler, { signal, concurrency: 10, backoff: 0.2 }),
      queue.consume(handler, { signal, concurrency: 50, backoff }),
      drainInTurns(queue, post),
    ],
    loops: [loop(queue, post), loop(queue, post)],
  };
}

async function drainInTurns(queue: SafeRedisQueue, post: Post): Promise<void> {
  const { signal } = post;
  while (!signal.aborted) {
    try {
      const options = { signal, concurrency: 5, prefetch: 10, deadline: 2 };
      await queue.drain((item) => handle(item, post), options);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
    }
    await sleep(50);
  }
}

async function loop(queue: SafeRedisQueue, post: Post): Promise<void> {
  const { signal } = post;
  for await (const item of queue) {
    if (signal.aborted) break;
    let act = () => item.ack();
    try {
      if (await handle(item, post, signal)) continue;
    } catch (error) {
      if (signal.aborted) break;
      act = () => item.fail({ error });
    }
    try {
      await act();
    } catch (error) {
      if (error instanceof QueueClosedError) break;
      // What is not known to be settled comes again at the end of its lease.
      if (!(error instanceof RedisUnavailableError)) throw error;
    }
  }
}
