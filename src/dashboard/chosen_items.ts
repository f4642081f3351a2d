import type { ItemState, QueueEntry } from "../queue_entry.ts";
import type { Settings } from "./dashboard_options.ts";
import { inTime, type SeenQueue } from "./seen_queue.ts";
import { Trouble } from "./trouble.ts";

/** Items on a page of a list. */
const PAGE = 50;
/** Items whose uids are looked through for a page, if their payloads are redacted. */
const LOOKED_THROUGH = 1_000;

/** The states in the order of the tabs, with their words in addresses. */
export const STATES: ReadonlyMap<string, ItemState> = new Map([
  ["waiting", "waiting"],
  ["in-flight", "in flight"],
  ["delayed", "delayed"],
  ["dead", "dead"],
]);

/** Which items of a queue are looked at. */
export interface Choice {
  /** The state's word in addresses. */
  state: string;
  cursor: string | undefined;
  /** A text in the uid or the payload; "" for all. */
  search: string;
}

/** Reads the choice from the query of an address. */
export function choiceOf({ state = "", cursor, search = "" }: Record<string, string>): Choice {
  return { state: STATES.has(state) ? state : "waiting", cursor, search: search.trim() };
}

/** Some items of a state. */
export interface ItemList {
  items: QueueEntry<unknown>[];
  cursor: string | undefined;
}

/** Reads the items of a choice. */
export async function readItems(
  { queue }: SeenQueue,
  { state, cursor, search }: Choice,
  { redact }: Settings,
): Promise<ItemList> {
  // What is redacted is not searched, or a search would tell it, letter by letter.
  const isSecret = redact !== undefined && search !== "";
  const list = await inTime(
    queue.list(STATES.get(state)!, {
      limit: isSecret ? LOOKED_THROUGH : PAGE,
      cursor,
      search: isSecret || search === "" ? undefined : search,
    }).catch((error) => {
      throw error instanceof TypeError ? new Trouble(422, `${error.message}.`) : error;
    }),
  );
  if (!isSecret) return list;
  return { ...list, items: list.items.filter(({ uid }) => uid.includes(search)) };
}
