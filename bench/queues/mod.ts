import type { Contestant } from "../bench_queue.ts";

/**
 * The queues by name, ours first: it is what the others are compared with. Each is loaded only in the process that
 * measures it.
 */
export const QUEUES = {
  saferedisqueue: async () => (await import("./saferedisqueue.ts")).overTcp,
  "saferedisqueue-loops": async () => (await import("./saferedisqueue.ts")).inLoops,
  "saferedisqueue-unix": async () => (await import("./saferedisqueue.ts")).overUnixSocket,
  bullmq: async () => (await import("./bullmq.ts")).bullmq,
  "bee-queue": async () => (await import("./bee_queue.ts")).beeQueue,
  rsmq: async () => (await import("./rsmq.ts")).rsmq,
  streams: async () => (await import("./streams.ts")).streams,
  "streams-batch": async () => (await import("./streams.ts")).streamsInBatches,
} satisfies Record<string, () => Promise<Contestant>>;

export type QueueName = keyof typeof QUEUES;

export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/** Without those that differ only in how they consume. */
export const PRODUCERS: QueueName[] = QUEUE_NAMES.filter((name) =>
  name !== "saferedisqueue-loops" && name !== "streams-batch"
);

/** Ours, over the usual client. */
export const OURS: QueueName = "saferedisqueue";
