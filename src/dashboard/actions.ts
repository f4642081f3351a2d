import { insideOf } from "../safe_redis_queue.ts";
import { SerializationError } from "../errors.ts";
import type { SeenQueue } from "./seen_queue.ts";
import { Trouble } from "./trouble.ts";

/** The fields of a form. A field may come several times. */
export type Fields = URLSearchParams;

/** What was done, and to how many items. */
export interface Outcome {
  did: string;
  count?: number;
  /** The item that was put. */
  uid?: string;
}

type Action = (seen: SeenQueue, fields: Fields) => Promise<Outcome>;

const counted = (
  did: string,
  change: (seen: SeenQueue, uids: string[]) => Promise<number>,
): Action =>
async (seen, fields) => {
  const uids = fields.getAll("uid");
  if (uids.length === 0) throw new Trouble(422, "No item was ticked. Nothing changed.");
  return { did, count: await change(seen, uids) };
};

/** All that a form can do to a queue, by name. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(Object.entries<Action>({
  put,
  pause: async ({ queue }) => ({ did: await queue.pause() ? "paused" : "was-paused" }),
  resume: async ({ queue }) => ({ did: await queue.resume() ? "resumed" : "was-running" }),
  delete: counted("deleted", ({ queue }, uids) => queue.delete(uids)),
  promote: counted("promoted", ({ queue }, uids) => queue.promote(uids)),
  requeue: counted("requeued", ({ queue }, uids) => queue.dead.requeue(uids)),
  "requeue-all": async ({ queue }) => ({ did: "requeued", count: await queue.dead.requeueAll() }),
  async clear({ queue, name }, fields) {
    if (fields.get("typed") !== name) {
      throw new Trouble(422, `What was typed is not the queue's name, "${name}". Nothing changed.`);
    }
    await queue.clear();
    return { did: "cleared" };
  },
}));

async function put({ queue }: SeenQueue, fields: Fields): Promise<Outcome> {
  const field = (name: string) => fields.get(name)?.trim() || undefined;
  const delay = field("delay");
  if (delay !== undefined && !/^(\d+\.?\d*|\.\d+)$/.test(delay)) {
    throw new Trouble(422, `The delay is "${delay}": expected seconds, such as 5 or 0.5.`);
  }
  // Browsers send the ends of lines in the way of the network.
  const text = (fields.get("payload") ?? "").replaceAll("\r\n", "\n");
  const uid = await queue.put(decode(queue, text), {
    uid: field("uid"),
    orderKey: field("orderKey"),
    ...(delay === undefined ? {} : { delay: Number(delay) }),
  }).catch((error) => {
    throw error instanceof TypeError ? new Trouble(422, `${error.message}.`) : error;
  });
  return { did: "put", uid };
}

/** The item that a text stands for, in the serializer of the queue. */
function decode(queue: SeenQueue["queue"], text: string): unknown {
  try {
    return insideOf(queue).codec.decode("", new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error;
    throw new Trouble(
      422,
      "The payload is not what this queue holds: its serializer can't read it.",
    );
  }
}
