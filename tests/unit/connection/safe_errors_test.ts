import assert from "node:assert/strict";
import { errorText } from "../../../src/error_text.ts";
import {
  explainReplyError,
  parseReplyError,
  ReplyError,
} from "../../../src/connection/reply_errors.ts";
import { ConnectionFailure } from "../../../src/connection/connection_failure.ts";
import { commandFailure, openingFailure } from "../../../src/connection/safe_errors.ts";
import { Secrets } from "../../../src/connection/secrets.ts";
import { writeStrings } from "../../../src/lua/message_pack.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
/** It has words of most answers in it: Redis's own words stay all the same. */
const PAYLOAD = "the operation of users with no permissions against a key: wrong kind of value, " +
  "memory and command, Redis is loading the password, script replica";
const secrets = new Secrets([PAYLOAD]);

const ANSWERS: [text: string, code: string, line?: number][] = [
  // Redis 6.2
  [
    `ERR Error running script (call to f_${HASH}): @user_script:7: WRONGTYPE Operation against a key holding the wrong kind of value`,
    "WRONGTYPE",
    7,
  ],
  [
    `ERR Error running script (call to f_${HASH}): @user_script:12: @user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.`,
    "OOM",
    12,
  ],
  [
    `ERR Error running script (call to f_${HASH}): @user_script:3: @user_script: 3: -NOPERM The user executing the script can't run this command or subcommand`,
    "NOPERM",
    3,
  ],
  [
    `ERR Error running script (call to f_${HASH}): @user_script:3: The user executing the script can't run this command or subcommand`,
    "NOPERM",
    3,
  ],
  // Redis 7.0
  [
    `WRONGTYPE Operation against a key holding the wrong kind of value script: ${HASH}, on @user_script:7.`,
    "WRONGTYPE",
    7,
  ],
  [
    `ERR The user executing the script can't run this command or subcommand script: ${HASH}, on @user_script:30.`,
    "NOPERM",
    30,
  ],
  [
    `OOM command not allowed when used memory > 'maxmemory'. script: ${HASH}, on @user_script:8.`,
    "OOM",
    8,
  ],
  // Redis 7.2 and newer, Valkey
  [
    `NOPERM ACL failure in script: User limited has no permissions to run the 'lpush' command script: ${HASH}, on @user_script:130.`,
    "NOPERM",
    130,
  ],
  [
    `ERR ACL failure in script: User limited has no permissions to run the 'lpush' command script: ${HASH}, on @user_script:1.`,
    "NOPERM",
    1,
  ],
  ["NOPERM User limited has no permissions to run the 'client|unblock' command", "NOPERM"],
  ["NOPERM No permissions to access a key", "NOPERM"],
  ["NOPERM this user has no permissions to run the 'evalsha' command", "NOPERM"],
  ["NOPERM this user has no permissions to run the 'evalsha' command or its subcommand", "NOPERM"],
  ["WRONGPASS invalid username-password pair or user is disabled.", "WRONGPASS"],
  ["NOAUTH Authentication required.", "NOAUTH"],
  ["NOSCRIPT No matching script. Please use EVAL.", "NOSCRIPT"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "OOM"],
  ["READONLY You can't write against a read only replica.", "READONLY"],
  ["LOADING Redis is loading the dataset in memory", "LOADING"],
  ["LOADING Valkey is loading the dataset in memory", "LOADING"],
  [
    "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "BUSY",
  ],
  [
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may " +
    "modify the data set are disabled, because this instance is configured to report errors during writes if RDB " +
    "snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
    "MISCONF",
  ],
  ["MOVED 3999 127.0.0.1:6381", "MOVED"],
  ["ASK 3999 node-3.example.com:6381", "ASK"],
  ["CLUSTERDOWN The cluster is down", "CLUSTERDOWN"],
  ["CROSSSLOT Keys in request don't hash to the same slot", "CROSSSLOT"],
  ["ERR max number of clients reached", "ERR"],
  ["ERR DB index is out of range", "ERR"],
  ["ERR SELECT is not allowed in cluster mode", "ERR"],
  ["ERR wrong number of arguments for 'auth' command", "ERR"],
  ["ERR This instance has cluster support disabled", "ERR"],
  ["ERR unknown subcommand 'SLOTS'. Try CLUSTER HELP.", "ERR"],
];

Deno.test("Redis's own words stay, whatever the payload; the place in a script is named one way", () => {
  for (const [text, code, line] of ANSWERS) {
    for (const sign of ["", "-"]) {
      const reply = parseReplyError(sign + text, secrets);
      assert(reply instanceof ReplyError, text);
      assert.equal(reply.code, code, text);
      const place = line === undefined ? "" : `, on @user_script:${line}`;
      assert(reply.message.endsWith(place), reply.message);
      const words = reply.message.slice(0, reply.message.length - place.length);
      assert(text.includes(words.replace(/^(ERR|NOPERM) /, "")), `${reply.message} of ${text}`);
      assert(words.length > 10 && !words.includes("***") && !words.includes("..."), words);
    }
  }
});

Deno.test("which answers pass", () => {
  const passing = [...ANSWERS.map(([text]) => parseReplyError(text, secrets)!)]
    .filter(({ passes }) => passes);
  assert.deepEqual(
    [...new Set(passing.map(({ code }) => code))].sort(),
    ["ASK", "BUSY", "CLUSTERDOWN", "ERR", "LOADING", "MOVED", "READONLY"],
  );
});

Deno.test("a code on which something depends stays, whatever the payload and the other words", () => {
  for (const code of ["NOSCRIPT", "OOM", "READONLY", "WRONGPASS", "NOPERM"]) {
    assert.equal(parseReplyError(`${code} something new`, new Secrets([code]))?.code, code);
  }
  assert.equal(parseReplyError("PASSWORT is wrong", new Secrets(["passwort"]))?.code, "ERR");
});

Deno.test("of other answers the plain words stay, up to what may be quoted", () => {
  const none = new Secrets([]);
  const cases: [string, string][] = [
    [
      "ERR max daily request limit exceeded. Limit: 10000",
      "ERR max daily request limit exceeded. ...",
    ],
    ["ERR script tried accessing undeclared key", "ERR script tried accessing undeclared key"],
    ["ERR unknown command 'AUTH', with args beginning with: 'bob'", "ERR unknown command 'AUTH'"],
    [
      "ERR unknown command `EVALSHA`, with args beginning with: `x`, ",
      "ERR unknown command `EVALSHA`",
    ],
    ["ERR cannot do AUTH bob hunter", "ERR cannot do AUTH ..."],
    ["ERR bad line: hunter", "ERR bad ..."],
    ["ERR bad aHVudGVyMg", "ERR bad ..."],
  ];
  for (const [text, shown] of cases) assert.equal(parseReplyError(text, none)?.message, shown);
  assert.equal(parseReplyError("HTTP/1.1 400 Bad Request", none), undefined);
  assert.match(
    explainReplyError(parseReplyError("OOM something else", none)!),
    /^"OOM something else" \(Redis is full/,
  );
});

Deno.test("a word that has a part of a secret in it is hidden", () => {
  const cases: [secret: string | Uint8Array | number, text: string, hidden: string][] = [
    ["swordfish", "no swordfish here", "no *** here"],
    ["swordfish", "no SwordFish here", "no *** here"],
    ["swordfish", "no (fish) here", "no *** here"],
    ["swordfish", "no fis here", "no fis here"],
    ["I am Bob", "he said I am Bob now", "he said *** now"],
    ["abc", "not abc, nor abcd", "not *** nor abcd"],
    ["é€", "a é€ b", "a ? b"],
    ["", "a b", "a b"],
    [4711, "the PIN 4711", "the PIN ***"],
    [writeStrings(["first", "swordfish"]), "no swordfish here", "no *** here"],
    [`${"x".repeat(3_000_000)}swordfish`, "no swordfish here", "no *** here"],
  ];
  for (const [secret, text, hidden] of cases) {
    assert.equal(new Secrets(["other", undefined]).with([secret]).hideIn(text), hidden);
  }
});

Deno.test("errors of the system and of clients keep what quotes nothing", () => {
  const none = new Secrets([]);
  const refused = new Deno.errors.ConnectionRefused("Connection refused (os error 111)");
  const node = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
  const certificate = new Deno.errors.InvalidData("invalid peer certificate: UnknownIssuer: x");
  for (const convert of [openingFailure, commandFailure]) {
    assert.equal(convert(refused, none).message, refused.message);
    assert.equal(convert(refused, none).name, "ConnectionRefused");
    assert.equal(convert(node, none).message, "read ECONNRESET");
    const ours = new ConnectionFailure("127.0.0.1 is away");
    assert.equal(convert(ours, none), ours);
  }
  assert.equal(
    openingFailure(certificate, none).message,
    certificate.message,
  );
  assert.equal(
    openingFailure(new Error("the vault is sealed"), none).message,
    "the vault is sealed",
  );
  assert.equal(
    commandFailure(new TypeError("cannot read bytes"), none).message,
    "the client failed with TypeError",
  );
  assert.equal(
    commandFailure(new Error("Socket closed unexpectedly"), none).message,
    "Socket closed unexpectedly",
  );
});

Deno.test("a connection that the other side has closed is called so, whatever the client throws", () => {
  class EOFError extends Error {} // of @db/redis, without a text
  class SocketClosedUnexpectedlyError extends Error {}
  class SomeError extends Error {}
  for (const convert of [openingFailure, commandFailure]) {
    for (
      const error of [
        new EOFError(),
        new SocketClosedUnexpectedlyError("Socket closed unexpectedly"),
        new Deno.errors.UnexpectedEof(),
        new Deno.errors.BrokenPipe("Broken pipe (os error 32)"),
      ]
    ) {
      const failure = convert(error, secrets);
      assert.equal(failure.message, "Redis closed the connection");
      assert.equal(failure.name, error.constructor.name);
    }
    // One without a text is called by its class.
    assert.equal(convert(new SomeError(), secrets).message, "the client failed with SomeError");
    assert.equal(
      convert(new Deno.errors.Interrupted(), secrets).message,
      "the client failed with Interrupted",
    );
  }
});

Deno.test("whatever is thrown has a text", () => {
  const getter = Object.defineProperty(new Error(), "message", {
    get() {
      throw new Error();
    },
  });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const thrown = [
    ...[undefined, null, "", "text", 5, Symbol("s"), {}, [], () => {}],
    ...[Object.create(null), { toString: () => 5 }, { toString: () => ({}) }],
    ...[new Error(), new Error("text"), getter, revoked.proxy],
    ...[Object.assign(new Error(), { message: {}, name: 5 })],
  ];
  for (const value of thrown) {
    const text = errorText(value);
    assert(typeof text === "string" && text !== "");
  }
});
