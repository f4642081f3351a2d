import type { Contestant } from "../bench_queue.ts";

/**
 * The queues by name, ours first, since the others are compared with it. Each is loaded only in the process that measures
 * it.
 */
export const QUEUES = {
  saferedisqueue: async () => (await import("./saferedisqueue.ts")).overTcp,
  "saferedisqueue-prefetch": async () => (await import("./saferedisqueue.ts")).prefetching,
  "saferedisqueue-loops": async () => (await import("./saferedisqueue.ts")).inLoops,
  "saferedisqueue-unix": async () => (await import("./saferedisqueue.ts")).overUnixSocket,
  "saferedisqueue-keys": async () => (await import("./saferedisqueue.ts")).withKeys,
  "saferedisqueue-traced": async () => (await import("./saferedisqueue.ts")).traced,
  "saferedisqueue-unsampled": async () => (await import("./saferedisqueue.ts")).unsampled,
  bullmq: async () => (await import("./bullmq.ts")).bullmq,
  "bee-queue": async () => (await import("./bee_queue.ts")).beeQueue,
  rsmq: async () => (await import("./rsmq.ts")).rsmq,
  streams: async () => (await import("./streams.ts")).streams,
  "streams-batch": async () => (await import("./streams.ts")).streamsInBatches,
  groupmq: async () => (await import("./groupmq.ts")).groupmq,
  "by-hand": async () => (await import("./by_hand.ts")).byHand,
} satisfies Record<string, () => Promise<Contestant>>;

export type QueueName = keyof typeof QUEUES;

export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/** Queues that are used with order keys: only one measure is about them. */
export const IN_ORDER: QueueName[] = ["saferedisqueue-keys", "groupmq"];

/** How OpenTelemetry samples the queues that are traced: only one measure is about them. */
export const SAMPLERS: Partial<Record<QueueName, string>> = {
  "saferedisqueue-traced": "always_on",
  "saferedisqueue-unsampled": "always_off",
};

/** All queues without order keys, and not traced. */
export const CONSUMERS: QueueName[] = QUEUE_NAMES.filter((name) =>
  !IN_ORDER.includes(name) && SAMPLERS[name] === undefined
);

/** Those that put in their own way: without those that only consume in another way. */
export const PRODUCERS: QueueName[] = CONSUMERS.filter((name) =>
  !["saferedisqueue-loops", "saferedisqueue-prefetch", "streams-batch", "by-hand"].includes(name)
);

/** Ours, over the usual client. */
export const OURS: QueueName = "saferedisqueue";
