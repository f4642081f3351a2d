import { createClient } from "@redis/client";
import type { Address, BenchQueue, Contestant, Stop } from "../bench_queue.ts";

/** A consumer group on a stream, written by hand. Each item is acked and deleted on its own. */
export const streams: Contestant = {
  title: "Streams by hand",
  open: (address) =>
    open(address, (entries, handle, finish) =>
      Promise.all(entries.map(async (entry) => {
        await handle(entry);
        await finish([entry.id]);
      }))),
};

/**
 * Items that were read together are acked together, in one write with the next read. If the consumer crashes, all of them
 * are delivered again.
 */
export const streamsInBatches: Contestant = {
  title: "Streams by hand, batch ack",
  open: (address) =>
    open(address, async (entries, handle, finish) => {
      await Promise.all(entries.map(handle));
      // Not waited for: the client sends it with the next read, and the answer of that comes later.
      finish(entries.map(({ id }) => id));
    }),
};

interface Entry {
  id: string;
  payload: string;
}

/** Handles entries that were read together. */
type Work = (
  entries: Entry[],
  handle: (entry: Entry) => Promise<void>,
  finish: (ids: string[]) => Promise<unknown>,
) => Promise<unknown>;

type Client = Awaited<ReturnType<typeof connect>>;
type Read = [stream: string, entries: [id: string, fields: string[]][]][] | null;

const STREAM = "bench";
const GROUP = "workers";

class Streams implements BenchQueue {
  readonly #address: Address;
  readonly #client: Client;
  readonly #work: Work;

  constructor(address: Address, client: Client, work: Work) {
    this.#address = address;
    this.#client = client;
    this.#work = work;
  }

  put(payload: string): Promise<unknown> {
    return this.#client.sendCommand(["XADD", STREAM, "*", "payload", payload]);
  }

  /** The client sends all calls of one turn as one pipeline. */
  putMany(payloads: string[]): Promise<unknown> {
    return Promise.all(payloads.map((payload) => this.put(payload)));
  }

  async consume(handle: (payload: string) => Promise<void>, concurrency: number): Promise<Stop> {
    const client = await connect(this.#address);
    const finish = (ids: string[]) =>
      Promise.all([
        client.sendCommand(["XACK", STREAM, GROUP, ...ids]),
        client.sendCommand(["XDEL", STREAM, ...ids]),
      ]);
    let stopping = false;
    const consume = async () => {
      while (!stopping) {
        const entries = await read(client, concurrency, 100);
        if (entries.length === 0) continue;
        await this.#work(entries, ({ payload }) => handle(payload), finish);
      }
    };
    const consuming = consume();
    return async () => {
      stopping = true;
      await consuming;
      await client.close();
    };
  }

  async take(count: number): Promise<void> {
    while (count > 0) count -= (await read(this.#client, Math.min(count, 1_000), 1)).length;
  }

  async left(): Promise<number> {
    return Number(await this.#client.sendCommand(["XLEN", STREAM]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

async function open(address: Address, work: Work): Promise<BenchQueue> {
  const client = await connect(address);
  await client.sendCommand(["XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM"])
    .catch((error: Error) => {
      if (!error.message.startsWith("BUSYGROUP")) throw error;
    });
  return new Streams(address, client, work);
}

function connect({ port }: Address) {
  return createClient({ RESP: 2, socket: { host: "127.0.0.1", port, noDelay: true } }).connect();
}

async function read(client: Client, count: number, blockMs: number): Promise<Entry[]> {
  const reply = await client.sendCommand<Read>([
    ...["XREADGROUP", "GROUP", GROUP, "consumer", "COUNT", String(count)],
    ...["BLOCK", String(blockMs), "STREAMS", STREAM, ">"],
  ]);
  const [, entries] = reply?.[0] ?? [STREAM, []];
  return entries.map(([id, [, payload]]) => ({ id, payload: payload! }));
}
