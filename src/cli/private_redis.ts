/** A Redis of our own, on loopback and without persistence, for as long as it is needed. */
export interface PrivateRedis extends AsyncDisposable {
  /** The program that runs: "redis-server" or "valkey-server". */
  program: string;
  port: number;
  url: string;
  process: Deno.ChildProcess;
}

/** Programs that speak Redis's protocol, the first one found is taken. */
const PROGRAMS = ["redis-server", "valkey-server"];
const START_TIMEOUT_MS = 10_000;

/**
 * Starts a private server on a free port; `undefined` where none is installed.
 *
 * @param settings Further settings, as on the command line: `["--maxmemory", "3mb"]`. They come last and win.
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
  // Otherwise it would begin with a dump.rdb that lies in the current folder.
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

/** A port that nobody listens on at this moment. */
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
      if (ended) throw new Error(`The private Redis ended as it started, on port ${port}`);
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
