import assert from "node:assert/strict";
import { CachedRead } from "../../../src/dashboard/cached_read.ts";

/** A read whose answers come when they are let go, in the order of the reads. */
function heldReads() {
  const pending: PromiseWithResolvers<number>[] = [];
  const read = () => {
    const next = Promise.withResolvers<number>();
    pending.push(next);
    return next.promise;
  };
  return { read, pending };
}

Deno.test("all who ask at the same time share a read, however long it takes", async () => {
  const { read, pending } = heldReads();
  const cached = new CachedRead(read, 0);
  const answers = Array.from({ length: 100 }, () => cached.get());
  assert.equal(pending.length, 1);
  pending[0]!.resolve(7);
  assert.deepEqual(new Set(await Promise.all(answers)), new Set([7]));
});

Deno.test("an answer holds for its time, and is read anew then", async () => {
  let reads = 0;
  const lasting = new CachedRead(() => Promise.resolve(++reads), 60_000);
  await lasting.get();
  assert.equal(await lasting.get(), 1);
  const fleeting = new CachedRead(() => Promise.resolve(++reads), 0);
  await fleeting.get();
  assert.equal(await fleeting.get(), 3);
});

Deno.test("a failed read is told to all who asked, and not read again for its time", async () => {
  let reads = 0;
  const cached = new CachedRead(() => Promise.reject(new Error(`read ${++reads}`)), 60_000);
  await assert.rejects(cached.get(), { message: "read 1" });
  await assert.rejects(cached.get(), { message: "read 1" });
});

Deno.test("what was forgotten is read anew, and a read that began before is not taken for it", async () => {
  const { read, pending } = heldReads();
  const cached = new CachedRead(read, 60_000);
  const before = cached.get();
  cached.forget();
  const after = cached.get();
  pending[0]!.resolve(1);
  pending[1]!.resolve(2);
  assert.deepEqual(await Promise.all([before, after, cached.get()]), [1, 2, 2]);
});
