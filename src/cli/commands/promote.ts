import type { Command } from "../command.ts";
import { tellChanged, uidsOf } from "../named_items.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";

export const promote: Command = {
  summary: "queues delayed items now",
  about: "Queues delayed items now, behind those that wait, as if they were due.",
  operands: { usage: "UID...", max: Infinity },
  options: QUEUE_OPTIONS,
  examples: [
    "promote 019a8c8e-8a3b-7e35-b8ff-17b1c1f6ac3c",
    "list delayed --match ada | cut -f 1 | xargs {} promote",
  ],

  async run(given, { stop }) {
    const uids = uidsOf(given.operands);
    await withQueue(given, stop, async (queue) => {
      const count = await queue.promote(uids);
      await tellChanged(count, uids.length, { done: "promoted", missing: "Not delayed" });
    });
  },
};
