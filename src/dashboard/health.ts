import type { SeenQueue } from "./seen_queue.ts";

/** How the queues are, for a program that watches. */
export interface Health {
  status: "ok" | "failed";
  queues: Record<string, "ok" | "failed">;
}

/** Whether Redis answers for each queue. */
export async function healthOf(queues: SeenQueue[]): Promise<Health> {
  const states = await Promise.all(
    queues.map(async (seen) => {
      const state = await seen.counts().then(() => "ok" as const, () => "failed" as const);
      return [seen.name, state] as const;
    }),
  );
  return {
    status: states.every(([, state]) => state === "ok") ? "ok" : "failed",
    queues: Object.fromEntries(states),
  };
}
