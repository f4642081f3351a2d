import RedisSMQ from "npm:rsmq@0.12.4";
import type { Address, BenchQueue, Contestant, Stop } from "../bench_queue.ts";
import { loops } from "../loops.ts";

/** It has no blocking receive: an idle consumer asks again and again. */
export const rsmq: Contestant = {
  title: "rsmq 0.12.4",
  open: async (address) => {
    const client = open(address);
    await client.createQueueAsync({ qname }).catch((error: Error) => {
      if (error.name !== "queueExists") throw error;
    });
    return new Rsmq(address, client);
  },
};

const qname = "bench";

class Rsmq implements BenchQueue {
  readonly #address: Address;
  readonly #client: RedisSMQ;

  constructor(address: Address, client: RedisSMQ) {
    this.#address = address;
    this.#client = client;
  }

  put(payload: string): Promise<unknown> {
    return this.#client.sendMessageAsync({ qname, message: payload });
  }

  consume(handle: (payload: string) => Promise<void>, concurrency: number): Stop {
    const client = open(this.#address);
    let stopping = false;
    const consuming = loops(concurrency, async () => {
      const message = await client.receiveMessageAsync({ qname });
      if (!("id" in message)) return !stopping;
      await handle(message.message);
      await client.deleteMessageAsync({ qname, id: message.id });
      return true;
    });
    return async () => {
      stopping = true;
      await consuming;
      await quit(client);
    };
  }

  async left(): Promise<number> {
    return (await this.#client.getQueueAttributesAsync({ qname })).msgs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await quit(this.#client);
  }
}

function open({ port }: Address): RedisSMQ {
  return new RedisSMQ({ host: "127.0.0.1", port });
}

function quit(client: RedisSMQ): Promise<void> {
  return new Promise((resolve) => client.quit(() => resolve()));
}
