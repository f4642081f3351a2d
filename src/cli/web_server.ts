import type { DashboardOptions, Permit } from "../dashboard/dashboard_options.ts";
import type { DashboardQueues } from "../dashboard/queue_list.ts";
import { errorText } from "../error_text.ts";
import { environmentVariable } from "./environment_variable.ts";
import { CommandError } from "./errors.ts";
import { print } from "./io/stdout.ts";

/** Where a dashboard is to be seen, and by whom. */
export interface WebServerOptions {
  hostname: string;
  /** 0 for any that is free. */
  port: number;
  readOnly: boolean;
  /** Ends it. */
  stop: AbortSignal;
}

/** The module of the dashboard, as far as it is used here. */
interface DashboardModule {
  dashboard: (
    queues: DashboardQueues,
    options: DashboardOptions,
  ) => (request: Request) => Promise<Response>;
  password: (password: string) => DashboardOptions["authorize"];
}

const PASSWORD = "SRQ_DASHBOARD_PASSWORD";

/** Serves the dashboard until `stop` aborts, and prints its address. */
export async function serveDashboard(
  queues: DashboardQueues,
  { hostname, port, readOnly, stop }: WebServerOptions,
): Promise<void> {
  const authorize = await authorizeAt(hostname);
  const { dashboard } = await loadDashboard();
  const handler = dashboard(queues, { authorize, readOnly });
  const closing = new AbortController();
  const server = listen(handler, { hostname, port, signal: closing.signal });
  const shown = hostname.includes(":") ? `[${hostname.replace(/[[\]]/g, "")}]` : hostname;
  await print(`The dashboard is at http://${shown}:${server.addr.port}/ (Ctrl-C ends it)\n`);
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener("abort", () => resolve());
  });
  // Ends the answers under way, too: those that renew pages have no end of their own.
  closing.abort();
  await server.finished;
}

/** Who is let in at an address: on the machine itself whoever can reach it, elsewhere who knows the password. */
async function authorizeAt(hostname: string): Promise<DashboardOptions["authorize"]> {
  const secret = await environmentVariable(PASSWORD);
  const isLocal = isLoopback(hostname);
  if (secret === undefined) {
    if (isLocal) return fromThisMachine;
    throw new CommandError(
      `At ${hostname} others can reach the dashboard: set a password in the environment variable ${PASSWORD}, which Deno must ` +
        "be allowed to read, or leave --hostname out",
    );
  }
  const { password } = await loadDashboard();
  const known = password(secret);
  if (!isLocal) return known;
  return async (request) => {
    const permit = fromThisMachine(request);
    return permit === true ? await known(request) : permit;
  };
}

/**
 * Lets in who asks for the dashboard by an address of this machine. A page of a stranger may have its own name lead here, and would
 * read the dashboard by it.
 */
function fromThisMachine({ url }: Request): Permit {
  if (isLoopback(new URL(url).hostname)) return true;
  return new Response("Ask for the dashboard as localhost or 127.0.0.1.\n", { status: 403 });
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname);
}

/**
 * Loads the dashboard, and with it what it needs of npm. Deno does not see this import before it runs: otherwise all who import
 * the queue would download that, too.
 */
async function loadDashboard(): Promise<DashboardModule> {
  return await import(new URL("../../dashboard.ts", import.meta.url).href);
}

function listen(
  handler: (request: Request) => Promise<Response>,
  options: { hostname: string; port: number; signal: AbortSignal },
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ ...options, onListen: () => {} }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const { hostname, port } = options;
    throw new CommandError(
      `Cannot listen at ${hostname}, port ${port}: ${
        errorText(error)
      }; choose another --port or --hostname`,
    );
  }
}
