/** An error that Redis itself answered. */
export interface ReplyError {
  /** The first word, such as `WRONGTYPE`. */
  code: string;
  /** The whole answer. */
  text: string;
  /** Whether another connection, or a later moment, may meet a better answer. */
  passes: boolean;
}

/**
 * Answers of a server that is not, or not yet, the one to talk to: it starts, it was demoted, its master or its replicas
 * are gone, the keys' slot of the cluster moves, it runs somebody's endless script, it has no room for another client.
 */
const PASSING = new Set([
  "LOADING",
  "READONLY",
  "UNBLOCKED",
  "MASTERDOWN",
  "BUSY",
  "NOREPLICAS",
  "MOVED",
  "ASK",
  "TRYAGAIN",
  "CLUSTERDOWN",
]);

/** The hint that follows an answer whose cause a user can mend. */
const HINTS: Record<string, string> = {
  OOM: "Redis is full: raise maxmemory, or let consumers drain the queue",
  MISCONF: "Redis refuses writes because it cannot save to disk",
  NOAUTH: "give the password",
  WRONGPASS: "check username and password",
  NOPERM: "allow the user this command and the keys srq:*",
  WRONGTYPE: "another program uses a key of this queue: choose another name",
};

/** What Redis answered, or `undefined` where `error` is not an answer but a broken connection. */
export function replyErrorOf(error: unknown): ReplyError | undefined {
  if (!(error instanceof Error)) return undefined;
  // One client keeps the protocol's leading "-", another strips it.
  const match = /^-?(([A-Z][A-Z0-9]+) .*)/s.exec(error.message);
  if (match === null) return undefined;
  const text = match[1]!.trim();
  const code = codeInScript(text) ?? match[2]!;
  return { code, text, passes: PASSING.has(code) || text.startsWith("ERR max number of clients") };
}

/** The code of a command's error inside a script, where Redis puts another text before it or leaves it out. */
function codeInScript(text: string): string | undefined {
  // Redis up to 7.0, and since 7.2
  if (/The user executing the script can't|ACL failure in script/.test(text)) return "NOPERM";
  // Redis 6.2: "ERR Error running script (call to f_HASH): @user_script:7: WRONGTYPE Operation ..."
  return /^ERR Error running script .*?@user_script: ?\d+: -?([A-Z]{2,}) /s.exec(text)?.[1];
}

/** Redis's answer and, where there is one, a hint what to do. */
export function explainReplyError({ code, text }: ReplyError): string {
  const hint = HINTS[code];
  return hint === undefined ? `"${text}"` : `"${text}" (${hint})`;
}
