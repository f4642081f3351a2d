import { Queue, Worker } from "npm:groupmq@1.1.0";
import { Redis } from "npm:ioredis@6.0.0";
import type { Address, BenchQueue, Contestant, Stop } from "../bench_queue.ts";
import { keyOf } from "../order_ledger.ts";

/** With its defaults: finished jobs are removed, and nothing is logged. */
export const groupmq: Contestant = {
  title: "groupmq 1.1.0",
  open: (address) => Promise.resolve(new GroupMQ(address)),
};

interface Data {
  payload: string;
}

class GroupMQ implements BenchQueue {
  readonly #address: Address;
  readonly #queue: Queue<Data>;

  constructor(address: Address) {
    this.#address = address;
    this.#queue = open(address);
  }

  put(payload: string): Promise<unknown> {
    return this.#queue.add({ groupId: keyOf(payload), data: { payload } });
  }

  consume(handle: (payload: string) => Promise<void>, concurrency: number): Stop {
    const queue = open(this.#address);
    const worker = new Worker<Data>({
      queue,
      concurrency,
      handler: ({ data }) => handle(data.payload),
    });
    // Not waited for: it resolves when the worker is closed.
    worker.run();
    return async () => {
      await worker.close();
      await queue.close();
    };
  }

  async left(): Promise<number> {
    const counts = await this.#queue.getJobCounts();
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
  }
}

function open({ port }: Address): Queue<Data> {
  const redis = new Redis({ host: "127.0.0.1", port, maxRetriesPerRequest: null });
  return new Queue<Data>({ redis, namespace: "bench" });
}
