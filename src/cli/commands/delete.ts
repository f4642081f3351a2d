import { deleteItems as deleteFrom } from "../../lua/delete.ts";
import { ITEM_STATES } from "../../lua/parts/states.ts";
import { CHOICE_OPTIONS, choiceOf, chosenItems } from "../chosen_items.ts";
import type { Command, GivenOptions } from "../command.ts";
import { UsageError } from "../errors.ts";
import { print } from "../io/stdout.ts";
import { itemsText, tellChanged, uidsOf } from "../named_items.ts";
import { nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { withEngine } from "../with_engine.ts";
import { withQueue } from "../with_queue.ts";

export const deleteItems: Command = {
  summary: "deletes items, whatever their state",
  about:
    "Deletes items for good: those that are named, or those that contain a text or have a JSON field of a value. An item in " +
    "flight is cancelled: its handler is told within 5 seconds, and what becomes of it there changes nothing.",
  operands: { usage: "[UID...]", max: Infinity },
  options: {
    ...CHOICE_OPTIONS,
    "dry-run": { help: "only count the items that --match and --where choose" },
    yes: { help: "confirm that all items that --match and --where choose are meant" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "delete 019a8c8e-8a3b-7e35-b8ff-17b1c1f6ac3c",
    "delete --name mails --match @example.org --dry-run",
    "delete --name mails --match @example.org --state waiting,dead --yes",
  ],

  async run(given, { stop }) {
    if (!given.values.has("match") && !given.values.has("where")) {
      await deleteNamed(given, stop);
    } else {
      await deleteChosen(given, stop);
    }
  },
};

async function deleteNamed(given: GivenOptions, stop: AbortSignal): Promise<void> {
  for (const option of ["state", "limit", "dry-run", "yes"]) {
    if (!given.values.has(option) && !given.flags.has(option)) continue;
    throw new UsageError(`The option --${option} needs --match or --where`);
  }
  const uids = uidsOf(given.operands);
  await withQueue(given, stop, async (queue) => {
    const count = await queue.delete(uids);
    await tellChanged(count, uids.length, { done: "deleted", missing: "There are no such items" });
  });
}

async function deleteChosen(given: GivenOptions, stop: AbortSignal): Promise<void> {
  if (given.operands.length > 0) {
    throw new UsageError("Both uids and --match or --where are given: choose one");
  }
  const choice = choiceOf(given, ITEM_STATES);
  const isDry = given.flags.has("dry-run");
  if (!isDry && !given.flags.has("yes")) {
    const name = JSON.stringify(nameOf(given));
    throw new UsageError(
      `This deletes the chosen items of the queue ${name} for good: add --yes to confirm, or --dry-run to count them`,
    );
  }
  let count = 0;
  await withEngine(given, stop, async (engine, tell) => {
    for (const state of choice.states) {
      for await (const batch of chosenItems(engine, state, choice, stop)) {
        const uids = batch.slice(0, choice.limit - count).map(({ uid }) => uid);
        count += isDry
          ? uids.length
          : await engine.run((connection, keys) =>
            deleteFrom(connection, keys, uids, choice.states)
          );
        tell(count);
        if (count === choice.limit) return;
      }
    }
  });
  await print(`${itemsText(count)} ${isDry ? "would be deleted" : "deleted"}\n`);
}
