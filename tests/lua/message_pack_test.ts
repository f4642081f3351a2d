import assert from "node:assert/strict";
import { readStrings, writeStrings } from "../../src/lua/message_pack.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("what is written is what Redis reads", async () => {
  await using redis = await startRedis();
  const values = ["", "\u20ac".repeat(100), 7, "x".repeat(70_000), ...Array(1_000).fill("uid")];
  const script = "return cmsgpack.pack(cmsgpack.unpack(ARGV[1]))";
  const reply = await redis.commandForBytes("EVAL", script, 0, writeStrings(values));
  const text = readStrings(reply as Uint8Array).map((bytes) => new TextDecoder().decode(bytes));
  assert.deepEqual(text, values.map(String));
});
