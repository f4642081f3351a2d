import { freePort } from "./free_port.ts";
import { RedisNode } from "./redis_node.ts";
import { severalTries } from "./several_tries.ts";
import { until } from "./until.ts";

const SLOTS = 16384;
const MASTERS = 3;

type SlotRange = [first: number, last: number, ...nodes: [hostname: string, port: number][]];

/** A Redis Cluster of three masters with a replica each, which takes about two seconds to notice a master's end. */
export class RedisCluster implements AsyncDisposable {
  readonly nodes: RedisNode[] = [];
  readonly #resources = new AsyncDisposableStack();

  static start(): Promise<RedisCluster> {
    return severalTries(async () => {
      const cluster = new RedisCluster();
      try {
        await cluster.#start();
      } catch (error) {
        await cluster[Symbol.asyncDispose]();
        throw error;
      }
      return cluster;
    });
  }

  /** For the option `cluster`. */
  get addresses(): { hostname: string; port: number }[] {
    return this.nodes.map(({ port }) => ({ hostname: "127.0.0.1", port }));
  }

  /** The nodes that have the slot of `key`, as one that lives sees it: the master comes first. */
  async nodesOf(key: string): Promise<RedisNode[]> {
    const { witness, slot } = await this.#slotOf(key);
    const ranges = await witness.command("CLUSTER", "SLOTS") as SlotRange[];
    const range = ranges.find(([first, last]) => first <= slot && slot <= last);
    if (range === undefined) throw new Error(`No node has the slot ${slot}`);
    const [, , ...servers] = range;
    return servers.map(([, port]) => this.nodes.find((node) => node.port === port)!);
  }

  /** All keys in all masters, but those of running totals. */
  async keys(): Promise<string[]> {
    const keys = await this.#ofMasters((node) => node.command("KEYS", "*"));
    return (keys as string[][]).flat().filter((key) =>
      !/:(stats|claims|consumers|consumer_notes)$/.test(key)
    );
  }

  /** How often clients were answered with which error. */
  async errorCount(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const text of await this.#ofMasters((node) => node.command("INFO", "errorstats"))) {
      for (const [, code, count] of String(text).matchAll(/^errorstat_(\w+):count=(\d+)/gm)) {
        counts[code!] = (counts[code!] ?? 0) + Number(count);
      }
    }
    return counts;
  }

  /** Lets the master of the slot of `key` and its replica change their roles. */
  async demoteMaster(key: string): Promise<void> {
    await until("there is a replica", async () => (await this.nodesOf(key)).length === 2);
    const [master, replica] = await this.nodesOf(key) as [RedisNode, RedisNode];
    await until("it is in step", async () => await replica.info("master_link_status") === "up");
    await replica.command("CLUSTER", "FAILOVER");
    await until("it is a replica", async () => await master.info("role") === "slave");
  }

  /** Begins to move the slot of `key` from its master to another. */
  async moveSlot(key: string): Promise<SlotMove> {
    const { slot } = await this.#slotOf(key);
    const [source] = await this.nodesOf(key) as [RedisNode];
    const masters = await this.#ofMasters((node) => Promise.resolve(node));
    const target = masters.find((node) => node !== source)!;
    const move = new SlotMove(slot, source, target, masters);
    await move.begin();
    return move;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #start(): Promise<void> {
    const ports = Array.from({ length: 2 * MASTERS }, () => [freePort(), freePort()] as const);
    for (const [i, [port, busPort]] of ports.entries()) {
      const dir = await Deno.makeTempDir();
      this.#resources.defer(() => Deno.remove(dir, { recursive: true }));
      // To let the nodes find each other by CLUSTER MEET would take ten seconds.
      await Deno.writeTextFile(`${dir}/nodes.conf`, nodesConf(ports, i));
      const node = new RedisNode(port, [
        ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir],
        ...["--cluster-enabled", "yes", "--cluster-port", String(busPort)],
        ...["--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0"],
        ...["--cluster-allow-replica-migration", "no", "--repl-diskless-sync-delay", "0"],
      ]);
      this.#resources.use(node);
      this.nodes.push(node);
    }
    for (const node of this.nodes) {
      await node.answers();
      await until("it sees a cluster at work", async () => {
        const info = String(await node.command("CLUSTER", "INFO"));
        return /cluster_state:ok/.test(info);
      });
      await until("its link is up", async () => {
        return /^(up|slave0.*state=online)/.test(
          await node.info("master_link_status") ?? `slave0${await node.info("slave0")}`,
        );
      });
    }
  }

  async #ofMasters<R>(ask: (node: RedisNode) => Promise<R>): Promise<R[]> {
    const answers: R[] = [];
    for (const node of this.nodes) {
      if (await node.info("role") === "master") answers.push(await ask(node));
    }
    return answers;
  }

  async #slotOf(key: string): Promise<{ slot: number; witness: RedisNode }> {
    for (const witness of this.nodes) {
      try {
        return { slot: Number(await witness.command("CLUSTER", "KEYSLOT", key)), witness };
      } catch {
        // Its test has killed it.
      }
    }
    throw new Error("No node lives");
  }
}

/** What a node has saved of a cluster when it knows all nodes: `CLUSTER NODES` and two more numbers. */
function nodesConf(ports: (readonly [port: number, busPort: number])[], self: number): string {
  const idOf = (i: number) => String(i + 1).padStart(40, "0");
  const lines = ports.map(([port, busPort], i) => {
    const [first, end] = [i, i + 1].map((part) => Math.floor(SLOTS * part / MASTERS)) as [
      number,
      number,
    ];
    const role = i < MASTERS ? "master -" : `slave ${idOf(i - MASTERS)}`;
    const slots = i < MASTERS ? ` ${first}-${end - 1}` : "";
    const flags = i === self ? `myself,${role}` : role;
    return `${idOf(i)} 127.0.0.1:${port}@${busPort} ${flags} 0 0 ${
      i % MASTERS + 1
    } connected${slots}`;
  });
  return [...lines, `vars currentEpoch ${MASTERS} lastVoteEpoch 0`, ""].join("\n");
}

/** A slot on its way from one master to another. */
export class SlotMove {
  readonly #slot: number;
  readonly #source: RedisNode;
  readonly #target: RedisNode;
  readonly #masters: RedisNode[];

  constructor(slot: number, source: RedisNode, target: RedisNode, masters: RedisNode[]) {
    this.#slot = slot;
    this.#source = source;
    this.#target = target;
    this.#masters = masters;
  }

  async begin(): Promise<void> {
    const [source, target] = await Promise.all(
      [this.#source, this.#target].map((node) => node.command("CLUSTER", "MYID")),
    ) as [string, string];
    await this.#target.command("CLUSTER", "SETSLOT", this.#slot, "IMPORTING", source);
    await this.#source.command("CLUSTER", "SETSLOT", this.#slot, "MIGRATING", target);
  }

  /** Moves one of its keys; resolves to whether there was one. */
  async moveKey(): Promise<boolean> {
    const [key] = await this.#source.command(
      ...["CLUSTER", "GETKEYSINSLOT", this.#slot, 1] as const,
    ) as string[];
    if (key === undefined) return false;
    await this.#source.command("MIGRATE", "127.0.0.1", this.#target.port, key, 0, 5_000);
    return true;
  }

  /** Moves the keys that are left, and tells all masters. */
  async end(): Promise<void> {
    while (await this.moveKey());
    const id = String(await this.#target.command("CLUSTER", "MYID"));
    const others = this.#masters.filter((node) => node !== this.#target);
    for (const node of [this.#target, ...others]) {
      await node.command("CLUSTER", "SETSLOT", this.#slot, "NODE", id);
    }
  }
}
