import { setTimeout as sleep } from "node:timers/promises";
import { type Program, startProgram } from "../helpers/program.ts";
import { freePort } from "../helpers/free_port.ts";
import { RedisNode } from "../helpers/redis_node.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";
import type { Fate } from "./reckoning.ts";
import { anyOf } from "./work.ts";

type Role = "producer" | "consumer" | "janitor";

const PRODUCERS = 2;

/** Those of the consumers, in turn; 0 for no limit. */
const MAX_ATTEMPTS = [5, 0, 3, 0];

/** How long a process may take to end. */
const PATIENCE_MS = 10_000;

/** Its role, and what else the process that plays it gets. */
interface Part {
  role: Role;
  /** Seconds; of those that hold no item 0. */
  lease: number;
  maxAttempts: number;
}

/** A part in a process of its own. */
interface Worker extends Fate, Part {
  program: Program;
}

/** A Redis that loses nothing it has confirmed, a proxy before it, and the processes that use both. */
export class Scene implements AsyncDisposable {
  readonly redis: RedisNode;
  readonly proxy: TcpProxy;
  /** All that ever were. */
  readonly fates: Fate[] = [];
  /** What ended, or stopped working, and was not told to. */
  readonly crashes: string[] = [];
  readonly #workers = new Set<Worker>();
  readonly #ledgers: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    redis: RedisNode,
    proxy: TcpProxy,
    ledgers: string,
    resources: AsyncDisposableStack,
  ) {
    this.redis = redis;
    this.proxy = proxy;
    this.#ledgers = ledgers;
    this.#resources = resources;
  }

  /**
   * @param leases Those of the consumers, in seconds.
   * @param ledgers A folder for the ledgers, which stay there; by default they go with the scene.
   */
  static async start(leases: number[], ledgers?: string): Promise<Scene> {
    await using resources = new AsyncDisposableStack();
    const dir = await Deno.makeTempDir();
    resources.defer(() => Deno.remove(dir, { recursive: true }));
    const port = freePort();
    const redis = resources.use(
      new RedisNode(port, [
        ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir],
        ...["--appendonly", "yes", "--appendfsync", "always"],
        ...["--auto-aof-rewrite-min-size", "16mb"],
      ]),
    );
    await redis.answers();
    const proxy = resources.use(new TcpProxy(port));
    const scene = new Scene(redis, proxy, ledgers ?? dir, resources.move());
    for (const part of partsFor(leases)) scene.#startWorker(part);
    await scene.allAreAtWork();
    return scene;
  }

  /** One of them, by chance. */
  anyOf(role: Role): Worker {
    return anyOf(this.#allOf(role));
  }

  /** Kills a process, and starts another in its place. */
  async replace(worker: Worker): Promise<void> {
    worker.killedAt = Date.now();
    await worker.program.kill();
    this.#workers.delete(worker);
    this.#startWorker(worker);
  }

  /** Suspends a process for `ms` milliseconds. */
  async suspend(worker: Worker, ms: number): Promise<void> {
    const from = Date.now();
    worker.program.signal("SIGSTOP");
    await sleep(ms);
    worker.program.signal("SIGCONT");
    worker.suspended.push([from, Date.now()]);
  }

  /** Ends a process as an operator does. */
  async end(worker: Worker): Promise<void> {
    worker.endedAt = Date.now();
    this.#workers.delete(worker);
    worker.program.signal("SIGTERM");
    const patience = setTimeout(() => worker.program.signal("SIGKILL"), PATIENCE_MS);
    const code = await worker.program.ended;
    clearTimeout(patience);
    if (code !== 0) this.crashes.push(`a ${worker.role} that was told to end, with code ${code}`);
  }

  /** Likewise, and starts another in its place. */
  async renew(worker: Worker): Promise<void> {
    await this.end(worker);
    this.#startWorker(worker);
  }

  async endAll(role: Role): Promise<void> {
    await Promise.all(this.#allOf(role).map((worker) => this.end(worker)));
  }

  /** Resolves when each process has written down something more; what does not is a crash. */
  async allAreAtWork(): Promise<void> {
    await Promise.all([...this.#workers].map(async ({ role, path }) => {
      const before = await sizeOf(path);
      await until("it works", async () => await sizeOf(path) > before)
        .catch(() => this.crashes.push(`a ${role} that did nothing any more`));
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workers].map(({ program }) => program.kill()));
    await this.#resources.disposeAsync();
  }

  #allOf(role: Role): Worker[] {
    return [...this.#workers].filter((worker) => worker.role === role);
  }

  #startWorker({ role, lease, maxAttempts }: Part): void {
    const who = this.fates.length;
    const path = `${this.#ledgers}/${who}-${role}`;
    Deno.writeTextFileSync(path, "");
    const args = {
      producer: [who, this.redis.port],
      consumer: [lease, maxAttempts],
      janitor: [],
    };
    const program = startProgram(`soak_${role}`, this.proxy.port, path, ...args[role]);
    const worker: Worker = { role, lease, maxAttempts, program, path, suspended: [] };
    this.fates.push(worker);
    this.#workers.add(worker);
    program.ended.then((code) => {
      if (worker.killedAt !== undefined || worker.endedAt !== undefined) return;
      worker.killedAt = Date.now();
      this.crashes.push(`a ${role}, with code ${code}`);
      this.#workers.delete(worker);
    });
  }
}

function partsFor(leases: number[]): Part[] {
  const idle = { lease: 0, maxAttempts: 0 };
  return [
    ...Array.from({ length: PRODUCERS }, () => ({ role: "producer" as const, ...idle })),
    ...leases.map((lease, i) => ({
      role: "consumer" as const,
      lease,
      maxAttempts: MAX_ATTEMPTS[i % MAX_ATTEMPTS.length]!,
    })),
    { role: "janitor", ...idle },
  ];
}

async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).size;
}
