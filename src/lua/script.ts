import type { SupervisedConnection } from "../connections.ts";
import { RedisReplyError } from "../errors.ts";
import type { RedisArgument } from "../redis_connection.ts";

/** One call of a script. */
export interface ScriptCall {
  keys: string[];
  args: RedisArgument[];
  /** What is to be done, for error texts. */
  action: string;
  /** Bytes sent, roughly. */
  weight?: number;
}

/**
 * A Lua script and the one place where it is loaded: called by its hash, and sent whole when Redis does not know it yet
 * (the first time, after a restart, after SCRIPT FLUSH). Every script answers with one string, whose length Redis sends
 * ahead: an answer cut on its way is noticed, which a bare integer's would not be.
 */
export class Script {
  readonly #source: string;
  #hash: Promise<string> | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  /** Runs the script; resolves to the bytes of its answer. */
  async run(connection: SupervisedConnection, call: ScriptCall): Promise<Uint8Array> {
    const hash = await (this.#hash ??= sha1(this.#source));
    const rest = [call.keys.length, ...call.keys].concat(call.args as string[]);
    const send = (name: string, script: string) =>
      connection.send({ ...call, name, args: [script, ...rest], bytes: true });
    try {
      return bytesOf(await send("EVALSHA", hash));
    } catch (error) {
      if (!(error instanceof RedisReplyError && error.code === "NOSCRIPT")) throw error;
      return bytesOf(await send("EVAL", this.#source));
    }
  }
}

function bytesOf(reply: unknown): Uint8Array {
  if (reply instanceof Uint8Array) return reply;
  throw new TypeError(`A script answered with ${typeof reply} in place of bytes`);
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
