import { SafeRedisQueue } from "../safe_redis_queue.ts";
import { type AnyQueue, SeenQueue } from "./seen_queue.ts";

/** The queues of a dashboard, or a function that gives them and is asked at each request. */
export type DashboardQueues =
  | Iterable<AnyQueue>
  | (() => Iterable<AnyQueue> | Promise<Iterable<AnyQueue>>);

/** The queues that a dashboard shows, by name. */
export class QueueList {
  readonly #queues: () => Iterable<AnyQueue> | Promise<Iterable<AnyQueue>>;
  readonly #seen = new WeakMap<AnyQueue, SeenQueue>();

  /** @throws {TypeError} If they are no queues, or two have the same name. */
  constructor(queues: DashboardQueues) {
    if (typeof queues === "function") {
      this.#queues = queues;
    } else {
      const checked = checkQueues(queues);
      this.#queues = () => checked;
    }
  }

  /** All of them, in their order. */
  async all(): Promise<SeenQueue[]> {
    return checkQueues(await this.#queues()).map((queue) => this.#see(queue));
  }

  /** The one of this name. */
  async find(name: string): Promise<SeenQueue | undefined> {
    return (await this.all()).find((queue) => queue.name === name);
  }

  #see(queue: AnyQueue): SeenQueue {
    const seen = this.#seen.get(queue) ?? new SeenQueue(queue);
    this.#seen.set(queue, seen);
    return seen;
  }
}

function checkQueues(queues: Iterable<AnyQueue>): AnyQueue[] {
  if (typeof queues !== "object" || queues === null || !(Symbol.iterator in queues)) {
    throw new TypeError("The dashboard needs queues: expected an array of SafeRedisQueue");
  }
  const checked = Array.from(queues);
  const names = new Set<string>();
  for (const queue of checked) {
    if (!(queue instanceof SafeRedisQueue)) {
      throw new TypeError(
        "The dashboard shows a SafeRedisQueue of its own version of the package: import both in the same version",
      );
    }
    if (names.has(queue.name)) {
      throw new TypeError(
        `Two queues of the dashboard have the name ${JSON.stringify(queue.name)}: ` +
          "make a dashboard for each, with another basePath",
      );
    }
    names.add(queue.name);
  }
  return checked;
}
