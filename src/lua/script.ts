import type { BlockingConnection } from "../connection/blocking_connection.ts";
import type { Call, SupervisedConnection } from "../connection/supervised_connection.ts";
import { RedisReplyError } from "../errors.ts";
import type { ScriptKeys } from "./keys.ts";
import type { RedisArgument, RedisReply } from "../connection/redis_connection.ts";
import { replyErrorOf } from "../connection/reply_errors.ts";
import type { Command } from "../connection/watched_connection.ts";
import { writeStrings } from "./message_pack.ts";

/** Up to this number of arguments, and from this average size in bytes, packing costs more than sending each by itself. */
const FEW_ARGUMENTS = 4;
const HEAVY_ARGUMENT = 2_048;

const encoder = new TextEncoder();

/** A piece of Lua and the keys that it names: `ITEMS` in the text is the key `items` of the queue that a script runs on. */
interface Lua {
  keys: (keyof ScriptKeys)[];
  pieces: (string | Lua)[];
  /** Whether its own parts stay inside it. */
  isEnclosed?: boolean;
}

type Tag<R> = (strings: TemplateStringsArray, ...values: (Lua | string | number)[]) => R;

/**
 * A piece of Lua that several scripts share. A script has the keys of its parts, too. It holds each part once, at the first
 * place, even if several of its parts hold the same one: so there is one `now` in a script. If that place is in a block, only
 * the block can use what the part declares.
 *
 * @param keys The keys that the piece names in capitals.
 */
export function part(...keys: (keyof ScriptKeys)[]): Tag<Lua> {
  return (strings, ...values) => {
    const pieces = strings.raw.flatMap((text, i) => {
      const value = values[i] ?? "";
      return [text, typeof value === "object" ? value : String(value)];
    });
    const inner = pieces.flatMap((piece) => typeof piece === "object" ? piece.keys : []);
    return { keys: [...new Set([...keys, ...inner])], pieces };
  };
}

/** A part that is one function, with its own parts inside: they are made only when it is called, and only it can use them. */
export function functionPart(...keys: (keyof ScriptKeys)[]): Tag<Lua> {
  return (strings, ...values) => ({ ...part(...keys)(strings, ...values), isEnclosed: true });
}

/**
 * A script, which runs alone: no other command comes between its own.
 *
 * **Two rules for writes.** Nothing is rolled back. If Redis refuses a command (wrong type, no permission, out of memory),
 * the script ends, and what it wrote before stays. So scripts follow two rules, and name them where they do:
 *
 * - *Rehearsal.* Before the first write that counts, the script calls what must not be refused later, in a way that changes
 *   nothing: `HDEL` of a field or `ZREM` of a member that does not exist. If Redis refuses this command on this key, it does
 *   so while all is as it was. A rehearsal that writes has a second use: a full Redis refuses commands that need memory only
 *   until the script's first write, and `HDEL` and `ZREM` need none. So consumers can drain a full Redis.
 * - *New place first.* An item is written to its new place before it leaves the old one. An item in two places does no harm,
 *   since the claim drops the second uid; an item in no place would be lost.
 *
 * @param keys The keys that it names in capitals, besides those of its parts.
 */
export function script(...keys: (keyof ScriptKeys)[]): Tag<Script> {
  return (strings, ...values) => new Script(part(...keys)(strings, ...values));
}

function textOf({ pieces }: Lua, seen = new Set<Lua>()): string {
  return pieces.map((piece) => {
    if (typeof piece === "string") return piece;
    if (seen.has(piece)) return "";
    seen.add(piece);
    return textOf(piece, piece.isEnclosed ? new Set(seen) : seen);
  }).join("");
}

/** One call of a script. */
export interface ScriptCall {
  args: RedisArgument[];
  /** The arguments of the call when it is sent again, after `lost` answers were lost. Default: `args`. */
  argsAfter?: ((lost: number) => RedisArgument[]) | undefined;
  /** The call rejects when this many answers were lost. */
  mostLost?: number | undefined;
  /** What the call does, for the texts of errors. */
  action: string;
  /** Bytes of the arguments, roughly. */
  weight?: number;
}

/**
 * Runs a Lua script. It calls the script by its hash, and sends it whole if Redis does not know it yet (the first time, after
 * a restart, after SCRIPT FLUSH).
 *
 * - Arguments go as one packed string, unless they are few or large.
 * - Every script answers with one string. Redis sends its length first, so a cut answer is noticed. A cut integer is not.
 * - A line has at most one `redis.call`, because Redis tells the line that failed, and the error names its command.
 */
export class Script {
  readonly #keys: (keyof ScriptKeys)[];
  readonly #source: string;
  #hash: Promise<Uint8Array> | undefined;
  /** The names of its keys, for each queue. */
  readonly #names = new WeakMap<ScriptKeys, Uint8Array[]>();

  constructor(lua: Lua) {
    const { keys } = lua;
    this.#keys = keys;
    const names = keys.map((key) => key.toUpperCase()).join(", ");
    // Goes into the first line of the text, which is empty, so the line numbers stay.
    this.#source = "local ARGV = ARGV[2] and ARGV or cmsgpack.unpack(ARGV[1]) " +
      `local ${names} = unpack(KEYS)${textOf(lua)}`;
  }

  /** Runs the script on a queue. Resolves to its answer. */
  async run(
    connection: SupervisedConnection,
    keys: ScriptKeys,
    call: ScriptCall,
  ): Promise<Uint8Array> {
    return bytesOf(await this.#send(keys, call, (command) => connection.send(command)));
  }

  /** Runs the script and then `next` on the same connection. Resolves to both answers. */
  async runBefore(
    connection: SupervisedConnection,
    keys: ScriptKeys,
    call: ScriptCall,
    next: Command,
  ): Promise<[Uint8Array, RedisReply]> {
    const { blockMs = 0 } = next;
    const { action } = call;
    const [reply, nextReply] = await this.#send(
      keys,
      call,
      (command) => connection.sendBoth({ ...command, blockMs }, { ...next, action }),
    );
    if (nextReply instanceof RedisReplyError) throw nextReply;
    return [bytesOf(reply), nextReply];
  }

  /**
   * Sends a command and, with the same write, the script. Resolves to the answer of the script.
   *
   * @param blocking Where to send both, if the command is a blocking one.
   */
  async runAfter(
    first: Call,
    connection: SupervisedConnection,
    keys: ScriptKeys,
    call: ScriptCall,
    blocking?: BlockingConnection,
  ): Promise<Uint8Array> {
    let isSent = false;
    const reply = await this.#send(keys, call, async (command) => {
      if (isSent) return await connection.send(command);
      const [, reply] = await (blocking ?? connection).sendBoth(first, command);
      isSent = true;
      if (reply instanceof RedisReplyError) throw reply;
      return reply;
    });
    return bytesOf(reply);
  }

  async #send<R>(
    keys: ScriptKeys,
    { args, argsAfter, mostLost, action, weight = 0 }: ScriptCall,
    send: (command: Call) => Promise<R>,
  ): Promise<R> {
    const hash = await (this.#hash ??= sha1(this.#source));
    const names = this.#namesOf(keys);
    const command = (name: string, script: RedisArgument): Call => {
      const all = (values: RedisArgument[]) => [
        script,
        names.length,
        ...names,
        ...packed(values, weight),
      ];
      return {
        name,
        args: all(args),
        ...(argsAfter === undefined ? {} : { argsAfter: (lost) => all(argsAfter(lost)) }),
        mostLost,
        action,
        weight,
        bytes: true,
      };
    };
    try {
      try {
        return await send(command("EVALSHA", hash));
      } catch (error) {
        if (!(error instanceof RedisReplyError && error.code === "NOSCRIPT")) throw error;
        return await send(command("EVAL", this.#source));
      }
    } catch (error) {
      throw this.#located(error, keys);
    }
  }

  /** The names of the script's keys as bytes: the client would encode a text at each call. */
  #namesOf(keys: ScriptKeys): Uint8Array[] {
    let names = this.#names.get(keys);
    if (names === undefined) {
      names = this.#keys.map((key) => encoder.encode(keys[key]!));
      this.#names.set(keys, names);
    }
    return names;
  }

  /** Adds the command that failed inside the script, and its key, to the error. */
  #located(error: unknown, keys: ScriptKeys): unknown {
    if (!(error instanceof RedisReplyError)) return error;
    const line = /@?user_script:(\d+)/.exec(replyErrorOf(error.cause)?.text ?? "")?.[1];
    const source = this.#source.split("\n")[Number(line) - 1] ?? "";
    const call = /redis\.call\('(\w+)'(?:, ([A-Z_]+))?/.exec(source);
    if (call === null) return error;
    const [, command, name] = call;
    const key = this.#keys.find((key) => key.toUpperCase() === name);
    const at = key === undefined ? "" : ` on the key ${JSON.stringify(keys[key])}`;
    return new RedisReplyError(`${error.message} in ${command}${at}`, {
      code: error.code,
      cause: error.cause,
    });
  }
}

/** Packs arguments into one. A single argument is always packed, because a script unpacks a single one. */
function packed(args: RedisArgument[], weight: number): RedisArgument[] {
  const isPacked = args.length < 2 ||
    (args.length > FEW_ARGUMENTS && weight / args.length <= HEAVY_ARGUMENT);
  return isPacked ? [writeStrings(args)] : args;
}

function bytesOf(reply: unknown): Uint8Array {
  if (reply instanceof Uint8Array) return reply;
  throw new TypeError(`A script answered with ${typeof reply} in place of bytes`);
}

/** As hexadecimal digits, as bytes. */
async function sha1(text: string): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest("SHA-1", encoder.encode(text));
  const digits = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  return encoder.encode(digits.join(""));
}
