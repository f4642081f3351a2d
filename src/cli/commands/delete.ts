import type { Command } from "../command.ts";
import { tellChanged, uidsOf } from "../named_items.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";

export const deleteItems: Command = {
  summary: "deletes items, whatever their state",
  about:
    "Deletes the named items for good, whatever their state. An item in flight is cancelled: its handler is told " +
    "within 5 seconds, and what becomes of it there changes nothing.",
  operands: { usage: "UID...", max: Infinity },
  options: QUEUE_OPTIONS,
  examples: ["delete 019a8c8e-8a3b-7e35-b8ff-17b1c1f6ac3c", "delete report-2026-05 --name reports"],

  async run(given, { stop }) {
    const uids = uidsOf(given.operands);
    await withQueue(given, stop, async (queue) => {
      const count = await queue.delete(uids);
      await tellChanged(count, uids.length, {
        done: "deleted",
        missing: "There are no such items",
      });
    });
  },
};
