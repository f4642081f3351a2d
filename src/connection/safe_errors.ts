import { errorText } from "../error_text.ts";
import { ConnectionFailure } from "./connection_failure.ts";
import { LEFT_OUT, proseOf } from "./prose.ts";
import { parseReplyError, ReplyError } from "./reply_errors.ts";
import type { Secrets } from "./secrets.ts";

/** Errors of the operating system, as Deno throws them. Nothing in their texts comes from the server. */
const OF_THE_SYSTEM = [
  Deno.errors.AddrNotAvailable,
  Deno.errors.BadResource,
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionAborted,
  Deno.errors.ConnectionRefused,
  Deno.errors.ConnectionReset,
  Deno.errors.Interrupted,
  Deno.errors.NotCapable,
  Deno.errors.NotConnected,
  Deno.errors.NotFound,
  Deno.errors.PermissionDenied,
  Deno.errors.TimedOut,
  Deno.errors.UnexpectedEof,
];

/** Errors of TLS. They quote names from a certificate; no secret was sent yet. */
const OF_TLS = /^(?:invalid peer certificate|Hostname\/IP does not match certificate's altnames): /;

/** Error texts of clients that quote nothing. */
const HARMLESS = new Set([
  "Connection closed",
  "Connection timeout",
  "Disconnects client",
  "Invalid state",
  "Socket closed unexpectedly",
  "The client is closed",
  "The client is offline",
  "The connection was closed",
]);

/** What clients throw, some of them without a text, when the other side has closed the connection. */
const OF_CLOSING = new Set([
  "BrokenPipe",
  "ConnectionClosedError",
  "EOFError",
  "SocketClosedUnexpectedlyError",
  "UnexpectedEof",
]);

/** Makes an error of our own from one of a connection that does not open. */
export function openingFailure(error: unknown, secrets: Secrets): ReplyError | ConnectionFailure {
  return convert(error, secrets, (text) => {
    if (isOfTheSystem(error) || OF_TLS.test(text)) return secrets.hideIn(text);
    return systemCall(error) ?? secrets.hideIn(proseOf(text));
  });
}

/**
 * Makes an error of our own from one of a command. An error that is not an answer of Redis may quote
 * anything, even items in an answer that the client could not read. So only texts are shown that are known to
 * quote nothing.
 */
export function commandFailure(error: unknown, secrets: Secrets): ReplyError | ConnectionFailure {
  return convert(error, secrets, (text) => {
    if (HARMLESS.has(text)) return text;
    if (isOfTheSystem(error)) return proseOf(text);
    // An answer without a code comes from a proxy.
    if (text.startsWith("-")) return secrets.hideIn(proseOf(text.slice(1)));
    return systemCall(error) ?? LEFT_OUT;
  });
}

/** @param shownOf Returns what may be shown of a text that is not an answer of Redis. */
function convert(
  error: unknown,
  secrets: Secrets,
  shownOf: (text: string) => string,
): ReplyError | ConnectionFailure {
  try {
    if (error instanceof ReplyError || error instanceof ConnectionFailure) return error;
    const text = errorText(error);
    const answer = error instanceof Error ? parseReplyError(text, secrets) : undefined;
    if (answer !== undefined) return answer;
    const name = nameOf(error);
    if (OF_CLOSING.has(name)) {
      return new ConnectionFailure("Redis closed the connection", name);
    }
    const shown = isWithoutText(error) ? LEFT_OUT : shownOf(text);
    return new ConnectionFailure(
      shown === LEFT_OUT ? `the client failed with ${name}` : shown,
      name,
    );
  } catch {
    // A getter or a proxy of the error threw, and what it threw may be anything.
    return new ConnectionFailure("the client failed");
  }
}

function isWithoutText(error: unknown): boolean {
  return error instanceof Error && error.message === "";
}

function isOfTheSystem(error: unknown): boolean {
  return OF_THE_SYSTEM.some((kind) => error instanceof kind);
}

/** What failed in the system, from an error of Node, such as "connect ECONNREFUSED". */
function systemCall(error: unknown): string | undefined {
  const { syscall, code } = Object(error);
  const isCall = /^[a-z]{1,20}$/.test(syscall) && /^E[A-Z]{2,20}$/.test(code);
  return isCall ? `${syscall} ${code}` : undefined;
}

/** The name of the class of an error. It comes from the program, whatever the server sends. */
function nameOf(error: unknown): string {
  const name: unknown = error instanceof Error ? error.constructor.name : undefined;
  return typeof name === "string" && name !== "" ? name : "Error";
}
