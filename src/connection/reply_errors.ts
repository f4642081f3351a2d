import { KNOWN_CODES, knownAnswer } from "./known_answers.ts";
import { proseOf } from "./prose.ts";
import type { Secrets } from "./secrets.ts";

/** An error that Redis itself answered, in words that tell no secret, whatever the server quoted. */
export class ReplyError extends Error {
  /** The class's name. */
  override name = "ReplyError";
  /** The first word, such as `WRONGTYPE`. */
  readonly code: string;
  /** Whether another connection, or a later moment, may meet a better answer. */
  readonly passes: boolean;

  constructor(text: string, { code, passes }: { code: string; passes: boolean }) {
    super(text);
    this.code = code;
    this.passes = passes;
  }

  /** Redis's answer. */
  get text(): string {
    return this.message;
  }
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

/** What Redis answered, or `undefined` if `error` is a broken connection instead of an answer. */
export function replyErrorOf(error: unknown): ReplyError | undefined {
  return error instanceof ReplyError ? error : undefined;
}

/** What Redis answered, by the text of a client's error; `undefined` if that is no answer. */
export function parseReplyError(message: string, secrets: Secrets): ReplyError | undefined {
  // One client keeps the protocol's leading "-", another strips it.
  const match = /^-?([A-Z][A-Z0-9]+ .*)/s.exec(message);
  if (match === null) return undefined;
  const answer = match[1]!.trim();
  const line = /\buser_script: ?(\d{1,4})\b/.exec(answer)?.[1];
  const text = withCode(withoutPlace(answer));
  const code = /^\S+/.exec(text)![0];
  const shown = knownAnswer(text, secrets) ?? secrets.hideIn(proseOf(text));
  return new ReplyError(line === undefined ? shown : `${shown}, on @user_script:${line}`, {
    code: isHarmless(code, secrets) ? code : "ERR",
    passes: PASSING.has(code) || text.startsWith("ERR max number of clients"),
  });
}

/** Without what Redis says about the place in a script: before the error up to 6.2, behind it since 7.0. */
function withoutPlace(answer: string): string {
  const text = answer.replace(/ script: [0-9a-f]{40}, on @user_script:.*$/s, "");
  const place = /^ERR (?:Error running script [^@]*)?(?:@?user_script: ?\d+: ?)+-?/.exec(text);
  if (place === null) return text;
  const error = text.slice(place[0].length);
  return /^[A-Z]{2,} /.test(error) ? error : `ERR ${error}`;
}

/** With the code of a refusal inside a script, which Redis leaves out, up to 7.0 and since 7.2. */
function withCode(text: string): string {
  return text.replace(
    /^ERR (?=The user executing the script can't|ACL failure in script)/,
    "NOPERM ",
  );
}

function isHarmless(code: string, secrets: Secrets): boolean {
  return KNOWN_CODES.has(code) || (/^[A-Z]{2,20}$/.test(code) && secrets.hideIn(code) === code);
}

/** Redis's answer and, where there is one, a hint what to do. */
export function explainReplyError({ code, text }: ReplyError): string {
  const hint = HINTS[code];
  return hint === undefined ? `"${text}"` : `"${text}" (${hint})`;
}
