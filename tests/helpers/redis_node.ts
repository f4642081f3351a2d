import type { RedisArgument, RedisReply } from "../../src/connection/redis_connection.ts";
import { rawCommand } from "./raw_command.ts";
import { until } from "./until.ts";

const PROGRAMS = ["redis-server", "valkey-server"];

/** One server of several that make a whole: a cluster, or a master with its replicas and Sentinels. */
export class RedisNode implements AsyncDisposable {
  readonly port: number;
  readonly #args: string[];
  #process: Deno.ChildProcess;

  /** @param args As on the command line, after the name of the program. */
  constructor(port: number, args: string[]) {
    this.port = port;
    this.#args = args;
    this.#process = spawn(args);
  }

  /** Resolves as soon as it answers. */
  async answers(): Promise<void> {
    await until("it answers", () => this.command("PING").then(() => true, () => false));
  }

  /** Sends one command over a connection of its own: it may be the last before the node is killed. */
  command(name: string, ...args: RedisArgument[]): Promise<RedisReply> {
    return rawCommand(this.port, name, ...args);
  }

  /** A field of INFO. */
  async info(field: string): Promise<string | undefined> {
    const text = String(await this.command("INFO"));
    return new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(text)?.[1];
  }

  /** Ends the process as a crash does. */
  async kill(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#process.status;
  }

  /** Starts it again, with what it has saved. */
  async startAgain(): Promise<void> {
    this.#process = spawn(this.#args);
    await this.answers();
  }

  /** Freezes the process: its connections stay open, and nothing is answered. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

function spawn(args: string[]): Deno.ChildProcess {
  for (const program of PROGRAMS) {
    try {
      return new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" })
        .spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error("The tests need redis-server or valkey-server");
}
