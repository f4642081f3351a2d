import type { Call, SupervisedConnection } from "../connections.ts";
import { RedisReplyError } from "../errors.ts";
import type { RedisArgument, RedisReply } from "../redis_connection.ts";
import { replyErrorOf } from "../reply_errors.ts";
import type { Command } from "../watched_connection.ts";
import { writeStrings } from "./message_pack.ts";

/** Before each script, in its first line, which is empty: the numbers of its lines stay. */
const PROLOGUE = "local ARGV = ARGV[2] and ARGV or cmsgpack.unpack(ARGV[1])";
/** Up to so many arguments, or from so many bytes of one on average, to pack them costs more than to send each by itself. */
const FEW = 4;
const HEAVY = 2_048;

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
 * (the first time, after a restart, after SCRIPT FLUSH). Arguments go packed into one string, unless they are few or large.
 * Every script answers with one string, whose length Redis sends ahead: an answer cut on its way is noticed, which a bare
 * integer's would not be. A script has at most one `redis.call` in a line, since Redis names the line where one failed.
 */
export class Script {
  readonly #source: string;
  #hash: Promise<string> | undefined;

  constructor(source: string) {
    this.#source = PROLOGUE + source;
  }

  /** Runs the script; resolves to the bytes of its answer. */
  async run(connection: SupervisedConnection, call: ScriptCall): Promise<Uint8Array> {
    return bytesOf(await this.#load(call, (command) => connection.send(command)));
  }

  /** Runs the script and then `next` over the same connection; resolves to both answers. */
  async runBefore(
    connection: SupervisedConnection,
    call: ScriptCall,
    next: Command,
  ): Promise<[Uint8Array, RedisReply]> {
    const [reply, nextReply] = await this.#load(
      call,
      (command) => connection.sendBoth({ ...command, blockMs: next.blockMs ?? 0 }, next),
    );
    return [bytesOf(reply), nextReply];
  }

  async #load<R>(call: ScriptCall, send: (command: Call) => Promise<R>): Promise<R> {
    const hash = await (this.#hash ??= sha1(this.#source));
    const { keys, args, weight = 0 } = call;
    // The script takes a single argument for packed ones.
    const isPacked = args.length < 2 || (args.length > FEW && weight / args.length <= HEAVY);
    const rest = [keys.length, ...keys, ...(isPacked ? [writeStrings(args)] : args)];
    const evaluate = (name: string, script: string) =>
      send({ ...call, name, args: [script, ...rest], bytes: true });
    try {
      try {
        return await evaluate("EVALSHA", hash);
      } catch (error) {
        if (!(error instanceof RedisReplyError && error.code === "NOSCRIPT")) throw error;
        return await evaluate("EVAL", this.#source);
      }
    } catch (error) {
      throw this.#located(error, call.keys);
    }
  }

  /** Names the command, and its key, that failed inside the script. */
  #located(error: unknown, keys: string[]): unknown {
    if (!(error instanceof RedisReplyError)) return error;
    const line = /@?user_script:(\d+)/.exec(replyErrorOf(error.cause)?.text ?? "")?.[1];
    const source = this.#source.split("\n")[Number(line) - 1] ?? "";
    const call = /redis\.call\('(\w+)'(?:, KEYS\[(\d+)\])?/.exec(source);
    if (call === null) return error;
    const [, command, key] = call;
    const at = key === undefined ? "" : ` on the key ${JSON.stringify(keys[Number(key) - 1])}`;
    return new RedisReplyError(`${error.message} in ${command}${at}`, {
      code: error.code,
      cause: error.cause,
    });
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
