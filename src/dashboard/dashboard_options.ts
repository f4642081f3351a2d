import { checkOptions } from "../given_options.ts";

/** Who may do what: nothing (`false`), everything (`true`), look only, or what the response says, such as a way to log in. */
export type Permit = boolean | "read-only" | Response;

/** Names an item, for {@linkcode DashboardOptions.redact}. */
export interface ItemName {
  /** The queue's name. */
  queue: string;
  /** The item's uid. */
  uid: string;
}

/** Options of a dashboard. */
export interface DashboardOptions {
  /**
   * Says for each request, also for `/metrics` and `/health`, who may do what: `true`, everything; `"read-only"`, look; `false`,
   * nothing; or a `Response` that is sent in place of the page, such as one that leads to your log-in. If it throws, nothing is
   * shown. `() => true` opens the dashboard to all who reach it.
   */
  authorize: (request: Request) => Permit | Promise<Permit>;
  /** Nobody can change anything, whatever `authorize` says. Default: false. */
  readOnly?: boolean | undefined;
  /** The path under which requests arrive, as `/queues`. Default: `/`. */
  basePath?: string | undefined;
  /**
   * Gets each payload before it is shown, and returns what is shown in its place: a text, or anything that JSON can carry. Payloads
   * that can't be read are hidden then, and `search` finds uids only. Default: payloads are shown.
   */
  redact?: ((payload: unknown, item: ItemName) => unknown) | undefined;
  /** Heading of the pages. Default: `SafeRedisQueue`. */
  title?: string | undefined;
  /**
   * Where a trace is to be seen, with `{traceId}` in it: `https://tempo.example.org/trace/{traceId}`. Items that were put in a trace
   * link to it. Default: no links.
   */
  traceUrl?: string | undefined;
}

/** The options as the parts of a dashboard use them. */
export interface Settings {
  authorize: DashboardOptions["authorize"];
  readOnly: boolean;
  /** Without a slash at its end: "" for the root. */
  base: string;
  redact: DashboardOptions["redact"];
  title: string;
  traceUrl: string | undefined;
}

const OPTIONS = {
  authorize: true,
  readOnly: true,
  basePath: true,
  redact: true,
  title: true,
  traceUrl: true,
} satisfies Record<keyof DashboardOptions, true>;

/** Checks the options; throws a `TypeError` that names the option and the value. */
export function settingsOf(options: DashboardOptions): Settings {
  checkOptions(options, OPTIONS);
  const { authorize, readOnly = false, basePath = "/", redact, traceUrl } = options;
  const { title = "SafeRedisQueue" } = options;
  const check = (name: keyof DashboardOptions, isGood: boolean, expected: string) => {
    if (isGood) return;
    const shown = Deno.inspect(options[name], { depth: 0 });
    throw new TypeError(`The option ${name} of the dashboard is ${shown}: expected ${expected}`);
  };
  const isFunction = typeof authorize === "function";
  check("authorize", isFunction, "a function; () => true opens the dashboard to all");
  check("readOnly", typeof readOnly === "boolean", "a boolean");
  check("basePath", /^\/[^?#{}*:]*$/.test(basePath), 'a path, such as "/queues"');
  check("redact", redact === undefined || typeof redact === "function", "a function");
  check("title", typeof title === "string", "a string");
  const isTrace = traceUrl === undefined || /^https?:\/\/.*\{traceId\}/.test(traceUrl);
  check("traceUrl", isTrace, 'a URL, such as "https://tempo.example.org/trace/{traceId}"');
  return { authorize, readOnly, base: basePath.replace(/\/+$/, ""), redact, title, traceUrl };
}
