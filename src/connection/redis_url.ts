/** The parts of a Redis URL. One that the URL leaves out is missing here, too. */
export interface RedisAddress {
  hostname?: string;
  port?: number;
  db?: number;
  username?: string;
  password?: string;
  tls?: boolean;
  /** Path of a unix socket. */
  path?: string;
}

/**
 * Reads `redis://[user]:[password]@host:port/db`, `rediss://` (TLS) and `unix://[user]:[password]@/path/to.sock`; `?db=`
 * works with all of them. User, password and path may be percent-encoded. The forms are those of redis-py and of
 * https://www.iana.org/assignments/uri-schemes/prov/redis
 */
export function parseRedisUrl(url: string): RedisAddress {
  const match =
    /^(redis|rediss|unix):\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?$/
      .exec(url);
  if (match === null) {
    throw new TypeError(
      `The option url ${
        quoteWithoutPassword(url)
      } is not a Redis URL: expected redis://user:password@host:6379/0, ` +
        "rediss://... or unix:///path/to.sock?db=0 (with / ? # @ in user or password percent-encoded)",
    );
  }
  const [, scheme, username, password, host = "", path = "", query] = match;
  const refuse = (why: string) =>
    new TypeError(`The option url ${quoteWithoutPassword(url)} ${why}`);
  const address: RedisAddress = {};

  if (username) address.username = decode(username, refuse);
  if (password) address.password = decode(password, refuse);

  let db: string | undefined;
  for (const [parameter, value] of new URLSearchParams(query)) {
    if (parameter !== "db") throw refuse("has a parameter other than db, the only one known");
    db = value;
  }
  if (scheme === "unix") {
    if (host !== "") throw refuse("has a host: a socket's path begins after unix://, with a /");
    if (path === "" || path === "/") throw refuse("has no path to a socket");
    address.path = decode(path, refuse);
  } else {
    Object.assign(address, parseHost(host, refuse));
    address.tls = scheme === "rediss";
    const pathDb = path.replace(/^\//, "").replace(/\/$/, "");
    if (pathDb !== "") db = pathDb;
  }
  if (db !== undefined) {
    if (!/^\d+$/.test(db)) throw refuse("has a database that is not a number such as 0");
    address.db = Number(db);
  }
  return address;
}

/** The URL with its password hidden, in quotes, for error texts. */
export function quoteWithoutPassword(url: string): string {
  const [, scheme = "", rest = ""] = /^([a-z+]+:\/\/)?([^]*)$/i.exec(url) ?? [];
  // The URL may be wrong: an "@" inside the password, or no "@" at all. Only what follows the last "@", and
  // what looks like a port, is surely no part of the password.
  const shown = rest.includes("@")
    ? `***${rest.slice(rest.lastIndexOf("@"))}`
    : rest.replace(/:(?!\d+([/?]|$))[^]*/, ":***");
  return JSON.stringify(scheme + shown.replace(/\?[^]*/, "?***"));
}

function parseHost(
  host: string,
  refuse: (why: string) => TypeError,
): { hostname?: string; port?: number } {
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^:@]*)(?::(\d*))?$/.exec(host);
  if (match === null) throw refuse("has a host that is neither a name nor an address");
  const [, hostname = "", port = ""] = match;
  return {
    ...(hostname === "" ? {} : { hostname: decode(hostname.replace(/^\[|\]$/g, ""), refuse) }),
    ...(port === "" ? {} : { port: Number(port) }),
  };
}

function decode(text: string, refuse: (why: string) => TypeError): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('has a "%" that is not part of a percent-encoding; write %25 for it');
  }
}
