/** A Redis server of our own on loopback, without persistence. It ends when it is disposed of. */
export interface PrivateRedis extends AsyncDisposable {
  /** The program that runs: "redis-server" or "valkey-server". */
  program: string;
  port: number;
  url: string;
  process: Deno.ChildProcess;
}

/** The servers to try. The first one that is installed is used. */
const PROGRAMS = ["redis-server", "valkey-server"];
const START_TIMEOUT_MS = 10_000;

/**
 * Starts a private server on a free port; `undefined` if none is installed.
 *
 * @param settings More settings, as on the command line: `["--maxmemory", "3mb"]`. They override the defaults.
 */
export async function startPrivateRedis(
  settings: string[] = [],
): Promise<PrivateRedis | undefined> {
  for (const program of PROGRAMS) {
    try {
      return await start(program, settings);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

async function start(program: string, settings: string[]): Promise<PrivateRedis> {
  const port = freePort();
  const defaults = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  // By default, the server would load a dump.rdb from the current folder.
  defaults.push("--dbfilename", `srq-${port}.rdb`);
  const process = new Deno.Command(program, {
    args: ["--port", String(port), ...defaults, ...settings],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await accepting(port, process);
  } catch (error) {
    await stop(process);
    throw error;
  }
  return {
    program,
    port,
    url: `redis://127.0.0.1:${port}`,
    process,
    [Symbol.asyncDispose]: () => stop(process),
  };
}

async function stop(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  await process.status;
}

/** A port on which nobody listens at this moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function accepting(port: number, process: Deno.ChildProcess): Promise<void> {
  let ended = false;
  process.status.then(() => ended = true);
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return;
    } catch (error) {
      if (ended) throw new Error(`The private Redis on port ${port} ended while it was starting`);
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
