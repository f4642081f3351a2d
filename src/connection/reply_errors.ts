import { KNOWN_CODES, knownAnswer } from "./known_answers.ts";
import { proseOf } from "./prose.ts";
import type { Secrets } from "./secrets.ts";

/** An error that Redis itself answered. The text tells no secret, whatever the server quoted. */
export class ReplyError extends Error {
  /** The class's name. */
  override name = "ReplyError";
  /** The first word, such as `WRONGTYPE`. */
  readonly code: string;
  /** Whether the call may work later, or over another connection. */
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
 * Answers that pass. The server is starting, was demoted, or has lost its master or its replicas; the slot of
 * the keys moves to another node; an endless script is running.
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

/** What a user can do about an answer. */
const HINTS: Record<string, string> = {
  OOM: "Redis is full: raise maxmemory, or let consumers drain the queue",
  MISCONF: "Redis refuses writes because it cannot save to disk",
  NOAUTH: "give the password",
  WRONGPASS: "check username and password",
  NOPERM: "allow the user this command and the keys srq:*",
  WRONGTYPE: "another program uses a key of this queue: choose another name",
};

/** What Redis 6.2 added, besides what `server_check.ts` asks for. In a script Redis does not name the command. */
const IS_NEW = /^ERR unknown (command ['`]BLMOVE|redis command called from script)/i;

/** Returns what Redis answered; `undefined` if `error` is a broken connection and not an answer. */
export function replyErrorOf(error: unknown): ReplyError | undefined {
  return error instanceof ReplyError ? error : undefined;
}

/** Reads what Redis answered from the text of a client's error; returns `undefined` if that is not an answer. */
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

/** Removes the place in the script, which Redis puts before the error up to 6.2 and behind it since 7.0. */
function withoutPlace(answer: string): string {
  const text = answer.replace(/ script: [0-9a-f]{40}, on @user_script:.*$/s, "");
  const place = /^ERR (?:Error running script [^@]*)?(?:@?user_script: ?\d+: ?)+-?/.exec(text);
  if (place === null) return text;
  const error = text.slice(place[0].length);
  return /^[A-Z]{2,} /.test(error) ? error : `ERR ${error}`;
}

/** Adds the code of a refusal inside a script. Redis leaves it out, up to 7.0 and again since 7.2. */
function withCode(text: string): string {
  return text.replace(
    /^ERR (?=The user executing the script can't|ACL failure in script)/,
    "NOPERM ",
  );
}

function isHarmless(code: string, secrets: Secrets): boolean {
  return KNOWN_CODES.has(code) || (/^[A-Z]{2,20}$/.test(code) && secrets.hideIn(code) === code);
}

/** Redis's answer, with a hint what to do if there is one. */
export function explainReplyError({ code, text }: ReplyError): string {
  const hint = IS_NEW.test(text) ? "Redis 6.2 or newer has it" : HINTS[code];
  return hint === undefined ? `"${text}"` : `"${text}" (${hint})`;
}
