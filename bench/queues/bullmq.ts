import { Queue, Worker } from "npm:bullmq@6.7.0";
import { Redis } from "npm:ioredis@6.0.0";
import type { Address, BenchQueue, Contestant, Stop } from "../bench_queue.ts";

/** Finished jobs are removed, as its guide recommends. Jobs log and return nothing. */
export const bullmq: Contestant = {
  title: "BullMQ 6.7.0",
  open: (address) => Promise.resolve(new BullMQ(address)),
};

interface Data {
  payload: string;
}

const NAME = "bench";

class BullMQ implements BenchQueue {
  readonly #address: Address;
  readonly #client: Redis;
  readonly #queue: Queue<Data>;

  constructor(address: Address) {
    this.#address = address;
    this.#client = connect(address);
    this.#queue = new Queue<Data>(NAME, {
      connection: this.#client,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
  }

  put(payload: string): Promise<unknown> {
    return this.#queue.add(NAME, { payload });
  }

  putMany(payloads: string[]): Promise<unknown> {
    return this.#queue.addBulk(payloads.map((payload) => ({ name: NAME, data: { payload } })));
  }

  async consume(handle: (payload: string) => Promise<void>, concurrency: number): Promise<Stop> {
    const client = connect(this.#address);
    const worker = new Worker<Data>(NAME, (job) => handle(job.data.payload), {
      connection: client,
      concurrency,
    });
    await worker.waitUntilReady();
    return async () => {
      await worker.close();
      client.disconnect();
    };
  }

  async left(): Promise<number> {
    const counts = await this.#queue.getJobCounts();
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
    this.#client.disconnect();
  }
}

function connect({ port }: Address): Redis {
  return new Redis({ host: "127.0.0.1", port, maxRetriesPerRequest: null });
}
