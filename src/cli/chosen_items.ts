import type { QueueEngine } from "../engine/engine.ts";
import { list, type ListPosition } from "../lua/list.ts";
import type { StoredEntry } from "../lua/parts/entries.ts";
import type { ItemState } from "../lua/parts/states.ts";
import type { GivenOptions, Option } from "./command.ts";
import { UsageError } from "./errors.ts";
import { countOf } from "./given_options.ts";
import { textOf } from "./io/item_text.ts";

/** The options that choose items. */
export const CHOICE_OPTIONS = {
  state: {
    value: "STATES",
    choices: ["waiting", "delayed", "in-flight", "dead"],
    help: "only items in these states, joined by commas",
  },
  match: { value: "TEXT", help: "only items whose uid or payload contains TEXT" },
  where: {
    value: "FIELD=VALUE",
    help:
      "only JSON objects whose FIELD is VALUE; customer.id=7 looks at the field id of the field customer",
  },
  limit: { value: "N", help: "N items at most" },
} satisfies Record<string, Option>;

/** Which items the user chose. */
export interface Choice {
  states: readonly ItemState[];
  search: string | undefined;
  accepts: (entry: StoredEntry) => boolean;
  limit: number;
  /** Whether all items of these states are chosen. */
  isWhole: boolean;
}

/** Reads {@linkcode CHOICE_OPTIONS}; `states` are those that can be chosen, and the default. */
export function choiceOf(given: GivenOptions, states: readonly ItemState[]): Choice {
  const search = given.values.get("match");
  const where = given.values.get("where");
  return {
    states: statesOf(given, states),
    search,
    accepts: where === undefined ? () => true : conditionOf(where),
    limit: countOf(given, "limit") ?? Infinity,
    isWhole: search === undefined && where === undefined,
  };
}

/** How many items one script changes. */
const BATCH = 500;

/** The chosen items of a state, batch by batch; some may come twice. Throws the reason of `stop` between two batches. */
export async function* chosenItems(
  engine: QueueEngine,
  state: ItemState,
  { search, accepts }: Choice,
  stop: AbortSignal,
): AsyncGenerator<StoredEntry[]> {
  let after: ListPosition | undefined;
  do {
    stop.throwIfAborted();
    const call = { state, limit: BATCH, after, search };
    const { entries, next } = await engine.run((connection, keys) => list(connection, keys, call));
    const chosen = entries.filter(accepts);
    if (chosen.length > 0) yield chosen;
    after = next;
  } while (after !== undefined);
}

function statesOf(given: GivenOptions, allowed: readonly ItemState[]): readonly ItemState[] {
  const words = given.values.get("state")?.split(",");
  if (words === undefined) return allowed;
  return words.map((word) => {
    const state = allowed.find((state) => state.replace(" ", "-") === word);
    if (state !== undefined) return state;
    const expected = allowed.map((state) => state.replace(" ", "-")).join(", ");
    throw new UsageError(
      `The option --state is ${
        JSON.stringify(given.values.get("state"))
      }: expected some of ${expected}`,
    );
  });
}

function conditionOf(where: string): (entry: StoredEntry) => boolean {
  const [, path = "", value = ""] = /^([^=]+)=(.*)$/s.exec(where) ?? [];
  if (path === "") {
    throw new UsageError(`The option --where is ${JSON.stringify(where)}: expected FIELD=VALUE`);
  }
  const fields = path.split(".");
  return ({ payload }) => {
    const found = valueIn(textOf(payload) ?? "", fields);
    return typeof found === "object" && found !== null ? false : String(found) === value;
  };
}

/** What the field of a JSON document holds; an object if there is no such field. */
function valueIn(text: string, fields: string[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  for (const field of fields) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, field)) return {};
    value = (value as Record<string, unknown>)[field];
  }
  return value;
}
