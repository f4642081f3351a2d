import { freePort } from "./free_port.ts";
import { RedisNode } from "./redis_node.ts";
import { severalTries } from "./several_tries.ts";
import { until } from "./until.ts";

const SENTINELS = 3;
/** Agreement of so many Sentinels is enough. */
const QUORUM = 2;

/** How the Sentinels work. */
export interface RedisSentinelsOptions {
  /** Password of the Sentinels, and of their user `guard`. Default: none. */
  password?: string;
}

/** A master with a replica, and three Sentinels, which take about a second to notice a master's end. */
export class RedisSentinels implements AsyncDisposable {
  /** What the Sentinels call the master. */
  readonly name = "the-master";
  /** Master and replica, in the roles they begin with. */
  readonly servers: RedisNode[] = [];
  readonly sentinels: RedisNode[] = [];
  readonly #resources = new AsyncDisposableStack();

  static start(options: RedisSentinelsOptions = {}): Promise<RedisSentinels> {
    return severalTries(async () => {
      const group = new RedisSentinels();
      try {
        await group.#start(options);
      } catch (error) {
        await group[Symbol.asyncDispose]();
        throw error;
      }
      return group;
    });
  }

  /** For the option `sentinel`. */
  get addresses(): { hostname: string; port: number }[] {
    return this.sentinels.map(({ port }) => ({ hostname: "127.0.0.1", port }));
  }

  /** The server that all living Sentinels take for the master. */
  async master(): Promise<RedisNode> {
    const ports = new Set<number>();
    await until("the Sentinels agree", async () => {
      ports.clear();
      for (const sentinel of this.sentinels) {
        const reply = await sentinel
          .command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.name)
          .catch(() => undefined); // killed by its test
        if (Array.isArray(reply)) ports.add(Number(reply[1]));
      }
      return ports.size === 1;
    });
    return this.servers.find(({ port }) => ports.has(port))!;
  }

  /** All keys in the master, but those that stay when all items are done. */
  async keys(): Promise<string[]> {
    const keys = await (await this.master()).command("KEYS", "*") as string[];
    return keys.filter((key) => !/:(stats|claims|consumers|consumer_notes)$/.test(key));
  }

  /** Lets master and replica change their roles; for a while the old master does not know that it is none. */
  async failOver(): Promise<void> {
    const before = await this.master();
    const [sentinel] = this.sentinels;
    await until("there is a replica in step", async () => {
      const replicas = await sentinel!.command("SENTINEL", "REPLICAS", this.name) as string[][];
      return replicas.some((replica) =>
        fieldOf(replica, "flags") === "slave" && fieldOf(replica, "master-link-status") === "ok"
      );
    });
    await sentinel!.command("SENTINEL", "FAILOVER", this.name);
    await until("all know the new master", async () => await this.master() !== before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #start({ password }: RedisSentinelsOptions): Promise<void> {
    const [master, replica] = [freePort(), freePort()];
    for (const port of [master, replica]) {
      const node = new RedisNode(port, [
        ...["--port", String(port), "--bind", "127.0.0.1", "--save", ""],
        ...["--dir", await this.#folder(), "--repl-diskless-sync-delay", "0"],
        ...port === replica ? ["--replicaof", `127.0.0.1 ${master}`] : [],
      ]);
      this.servers.push(this.#resources.use(node));
      await node.answers();
    }
    await until("the replica is in step", async () => {
      return /state=online/.test(await this.servers[0]!.info("slave0") ?? "");
    });

    const ports = Array.from({ length: SENTINELS }, () => freePort());
    for (const [i, port] of ports.entries()) {
      const dir = await this.#folder();
      const conf = `${dir}/sentinel.conf`;
      const settings = sentinelConf(this.name, master, replica, ports, i);
      if (password !== undefined) {
        settings.push(`requirepass ${password}`, `user guard on >${password} +@all`);
      }
      await Deno.writeTextFile(conf, [...settings, `dir ${dir}`, ""].join("\n"));
      this.sentinels.push(this.#resources.use(new RedisNode(port, [conf, "--sentinel"])));
    }
    if (password !== undefined) return; // nobody here knows it
    for (const sentinel of this.sentinels) {
      await sentinel.answers();
      // As long as it is, an old master would not be told for ten seconds. Redis 6.2 can't.
      await sentinel.command("SENTINEL", "DEBUG", "INFO-PERIOD", 250, "PUBLISH-PERIOD", 250)
        .catch(() => {});
    }
    await until("the Sentinels see all", async () => {
      const states = await Promise.all(this.sentinels.map((node) => node.info("master0")));
      return states.every((state) =>
        state?.endsWith(`status=ok,address=127.0.0.1:${master},slaves=1,sentinels=${SENTINELS}`)
      );
    });
  }

  async #folder(): Promise<string> {
    const dir = await Deno.makeTempDir();
    this.#resources.defer(() => Deno.remove(dir, { recursive: true }));
    return dir;
  }
}

/** A field of an answer that is a list of names and values. */
function fieldOf(answer: string[], name: string): string | undefined {
  return answer[answer.indexOf(name) + 1];
}

/** What a Sentinel has saved when it knows all others: they would take seconds to find each other. */
function sentinelConf(
  name: string,
  master: number,
  replica: number,
  ports: number[],
  self: number,
): string[] {
  const idOf = (i: number) => String(i + 1).padStart(40, "0");
  return [
    `port ${ports[self]}`,
    "bind 127.0.0.1",
    `sentinel myid ${idOf(self)}`,
    `sentinel monitor ${name} 127.0.0.1 ${master} ${QUORUM}`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
    `sentinel known-replica ${name} 127.0.0.1 ${replica}`,
    ...ports.flatMap((port, i) =>
      i === self ? [] : [`sentinel known-sentinel ${name} 127.0.0.1 ${port} ${idOf(i)}`]
    ),
  ];
}
