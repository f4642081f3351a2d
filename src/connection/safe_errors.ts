import { errorText } from "../error_text.ts";
import { ConnectionFailure } from "./connection_failure.ts";
import { LEFT_OUT, proseOf } from "./prose.ts";
import { parseReplyError, ReplyError } from "./reply_errors.ts";
import type { Secrets } from "./secrets.ts";

/** Errors of the operating system, through Deno: nothing in their texts comes from the server. */
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

/** Errors of TLS quote names of a certificate; nothing was sent by then. */
const OF_TLS = /^(?:invalid peer certificate|Hostname\/IP does not match certificate's altnames): /;

/** Texts of clients that quote nothing. */
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

/** An error of a connection that does not open, in our own words. */
export function openingFailure(error: unknown, secrets: Secrets): ReplyError | ConnectionFailure {
  return convert(error, secrets, (text) => {
    if (isOfTheSystem(error) || OF_TLS.test(text)) return secrets.hideIn(text);
    return systemCall(error) ?? secrets.hideIn(proseOf(text));
  });
}

/**
 * An error of a command, in our own words. What is no answer may quote anything, even items of an answer that the client
 * could not read: only texts that are known to quote nothing are shown.
 */
export function commandFailure(error: unknown, secrets: Secrets): ReplyError | ConnectionFailure {
  return convert(error, secrets, (text) => {
    if (HARMLESS.has(text)) return text;
    if (isOfTheSystem(error)) return proseOf(text);
    // An answer that has no code comes from a proxy.
    if (text.startsWith("-")) return secrets.hideIn(proseOf(text.slice(1)));
    return systemCall(error) ?? LEFT_OUT;
  });
}

/** @param shownOf What may be shown of a text that is no answer of Redis. */
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
    const shown = shownOf(text);
    return new ConnectionFailure(
      shown === LEFT_OUT ? `the client failed with ${name}` : shown,
      name,
    );
  } catch {
    // Somebody's getter or proxy throws, and what it throws may be anything.
    return new ConnectionFailure("the client failed");
  }
}

function isOfTheSystem(error: unknown): boolean {
  return OF_THE_SYSTEM.some((kind) => error instanceof kind);
}

/** What Node's errors tell of the system's, such as "connect ECONNREFUSED". */
function systemCall(error: unknown): string | undefined {
  const { syscall, code } = Object(error);
  const isCall = /^[a-z]{1,20}$/.test(syscall) && /^E[A-Z]{2,20}$/.test(code);
  return isCall ? `${syscall} ${code}` : undefined;
}

/** The name of its class: it is in the program, whatever the server sends. */
function nameOf(error: unknown): string {
  const name: unknown = error instanceof Error ? error.constructor.name : undefined;
  return typeof name === "string" && name !== "" ? name : "Error";
}
