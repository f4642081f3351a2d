import { RedisReplyError } from "../../errors.ts";
import { keysOfBoth, queueKeys } from "../../lua/keys.ts";
import { move as moveItems, type Moved } from "../../lua/move.ts";
import { CHOICE_OPTIONS, choiceOf, chosenItems } from "../chosen_items.ts";
import type { Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { print } from "../io/stdout.ts";
import { itemsText } from "../named_items.ts";
import { nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { withEngine } from "../with_engine.ts";

export const move: Command = {
  summary: "moves items to another queue of the same Redis",
  about:
    "Moves items to the queue TO of the same Redis, with their uids, attempts, errors, due times and order keys: all " +
    "that wait, are delayed or dead, or those that the options choose. Each batch is one script, so no item is lost " +
    "or doubled whenever the command is ended; run it again to move the rest. It also works while a queue is paused.\n" +
    "Items in flight stay, since a consumer has them: pause the queue, and move them when they are done. So do items whose " +
    "order key is that of an item in flight, unless --match or --where choose them, and items whose uid the other queue has.",
  operands: { usage: "TO", max: 1 },
  options: {
    ...CHOICE_OPTIONS,
    state: { ...CHOICE_OPTIONS.state, choices: ["waiting", "delayed", "dead"] },
    "dry-run": { help: "only count the items" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "move quarantine --name mails --match @example.org --dry-run",
    "move mails2 --name mails",
    "move refunds --name orders --where kind=refund --state waiting,delayed --limit 1000",
  ],

  async run(given, { stop }) {
    const [to] = given.operands;
    const from = nameOf(given);
    if (to === undefined) throw new UsageError("The name of the other queue is missing");
    if (to === from) {
      throw new UsageError(`The items are in the queue ${JSON.stringify(to)} already`);
    }
    const choice = choiceOf(given, ["dead", "delayed", "waiting"]);
    const { states, isWhole } = choice;
    const isDry = given.flags.has("dry-run");
    const sum: Moved = { moved: 0, taken: 0, overtaken: 0 };
    await withEngine(given, stop, async (engine, tell) => {
      for (const state of states) {
        for await (const batch of chosenItems(engine, state, choice, stop)) {
          const limit = Math.min(choice.limit - sum.moved, 1e9);
          if (limit <= 0) break;
          const uids = batch.map(({ uid }) => uid);
          const { moved, taken, overtaken } = isDry
            ? { moved: Math.min(uids.length, limit), taken: 0, overtaken: 0 }
            : await engine.run((connection, keys) => {
              const both = keysOfBoth(keys, queueKeys(to));
              return moveItems(connection, both, { uids, states, isWhole, limit });
            }).catch((error) => {
              throw explained(error, from, to);
            });
          sum.moved += moved;
          sum.taken += taken;
          sum.overtaken += overtaken;
          tell(sum.moved);
        }
      }
    });
    const route = `from ${JSON.stringify(from)} to ${JSON.stringify(to)}`;
    await print(`${itemsText(sum.moved)} ${isDry ? "would be moved" : "moved"} ${route}\n`);
    const stay = [
      [sum.taken, "the other queue has items with the same uids"],
      [sum.overtaken, "an item with the same order key, which comes before them, was not moved"],
    ] as const;
    const why = stay.filter(([count]) => count > 0);
    if (why.length === 0) return;
    const texts = why.map(([count, reason]) => `${itemsText(count)} not moved: ${reason}`);
    throw new CommandError(texts.join("; "));
  },
};

function explained(error: unknown, from: string, to: string): unknown {
  if (!(error instanceof RedisReplyError && error.code === "CROSSSLOT")) return error;
  return new CommandError(
    `Cannot move items from ${JSON.stringify(from)} to ${
      JSON.stringify(to)
    }: in a cluster both names need the same ` +
      "{hash tag}; use export and import",
  );
}
