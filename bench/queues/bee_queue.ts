import BeeQueue from "npm:bee-queue@2.0.0";
import type { Address, BenchQueue, Contestant, Stop } from "../bench_queue.ts";

/** Without events and stored jobs: its documentation calls them optional, and slower. */
export const beeQueue: Contestant = {
  title: "bee-queue 2.0.0",
  open: async (address) => {
    const queue = open(address, false);
    await queue.ready();
    return new Bee(address, queue);
  },
};

interface Data {
  payload: string;
}

class Bee implements BenchQueue {
  readonly #address: Address;
  readonly #queue: BeeQueue<Data>;

  constructor(address: Address, queue: BeeQueue<Data>) {
    this.#address = address;
    this.#queue = queue;
  }

  put(payload: string): Promise<unknown> {
    return this.#queue.createJob({ payload }).save();
  }

  async putMany(payloads: string[]): Promise<void> {
    const errors = await this.#queue.saveAll(
      payloads.map((payload) => this.#queue.createJob({ payload })),
    );
    for (const error of errors.values()) throw error;
  }

  async consume(handle: (payload: string) => Promise<void>, concurrency: number): Promise<Stop> {
    const worker = open(this.#address, true);
    await worker.ready();
    worker.process(concurrency, (job) => handle(job.data.payload));
    return () => worker.close();
  }

  async left(): Promise<number> {
    const { waiting, active, delayed, failed, succeeded } = await this.#queue.checkHealth();
    return waiting + active + delayed + failed + succeeded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
  }
}

function open({ port }: Address, isWorker: boolean): BeeQueue<Data> {
  return new BeeQueue<Data>("bench", {
    redis: { host: "127.0.0.1", port },
    isWorker,
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    removeOnSuccess: true,
    removeOnFailure: true,
  });
}
