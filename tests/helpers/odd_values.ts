function throwing(): never {
  throw new Error("a trap");
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** What users' code may throw, and what no look at it survives, by name. */
export const ODD_ERRORS: Record<string, () => unknown> = {
  "an error whose message is an object": () =>
    Object.assign(new Error(), { message: { code: 500 } }),
  "an error whose message is a number": () => Object.assign(new Error(), { message: 500 }),
  "an error whose message is a symbol": () => Object.assign(new Error(), { message: Symbol("x") }),
  "an error whose message throws": () =>
    Object.defineProperty(new Error(), "message", { get: throwing }),
  "an error whose message and name throw": () =>
    Object.defineProperties(new Error(), { message: { get: throwing }, name: { get: throwing } }),
  "an error without a text": () => Object.assign(new Error(), { message: "", name: "" }),
  "an error that cannot be shown": () =>
    Object.defineProperty(new Error("hidden"), Symbol.for("Deno.customInspect"), {
      value: throwing,
    }),
  "an object without a prototype": () => Object.create(null),
  "an object whose toString throws": () => ({ toString: throwing }),
  "an object whose toString returns an object": () => ({ toString: () => ({}) }),
  "a proxy that traps all": () =>
    new Proxy({}, { get: throwing, getPrototypeOf: throwing, ownKeys: throwing }),
  "a revoked proxy": () => revoked.proxy,
  "a symbol": () => Symbol("x"),
  "a bigint": () => 5n,
  "a function": () => throwing,
  "null": () => null,
  "the empty string": () => "",
  "half a character": () => "\ud83d",
  "a text of megabytes": () => "x".repeat(5_000_000),
};

/** An object whose `then` throws, for whoever waits for it. */
export const HOSTILE_THENABLE: PromiseLike<never> = { then: throwing };
