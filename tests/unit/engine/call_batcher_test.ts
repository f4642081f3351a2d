import assert from "node:assert/strict";
import { CallBatcher, type CallBatcherOptions } from "../../../src/engine/call_batcher.ts";

/** A batcher whose batches are recorded and end when the test says so. */
function heldBatcher(options: Partial<CallBatcherOptions<number, string>> = {}) {
  const batches: {
    inputs: number[];
    end: (outputs?: string[]) => void;
    fail: (e: Error) => void;
  }[] = [];
  const batcher = new CallBatcher<number, string>({
    maxCount: 100,
    ...options,
    run: (inputs) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      batches.push({
        inputs,
        end: (outputs = inputs.map(String)) => resolve(outputs),
        fail: reject,
      });
      return promise;
    },
  });
  return { batcher, batches };
}

/** A batcher whose batches end at once; each answers with its calls, joined. */
function recordingBatcher(options: Partial<CallBatcherOptions<number, string>> = {}) {
  return new CallBatcher<number, string>({
    maxCount: 100,
    ...options,
    run: (inputs) => Promise.resolve(inputs.map(() => inputs.join())),
  });
}

/** Lets everything happen that is due. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("calls of one turn go together, in order", async () => {
  const { batcher, batches } = heldBatcher();
  const calls = [3, 1, 2].map((input) => batcher.call(input));
  await turn();
  assert.deepEqual(batches.map(({ inputs }) => inputs), [[3, 1, 2]]);
  batches[0]!.end(["three", "one", "two"]);
  assert.deepEqual(await Promise.all(calls), ["three", "one", "two"]);
});

Deno.test("a batch starts in the turn of its first call, without a timer", async () => {
  const { batcher, batches } = heldBatcher();
  const call = batcher.call(1);
  await null;
  await null;
  assert.equal(batches.length, 1);
  batches[0]!.end();
  await call;
});

Deno.test("calls made while a batch is under way collect and go together when it returns", async () => {
  const { batcher, batches } = heldBatcher();
  const calls = [batcher.call(1)];
  await turn();
  for (const input of [2, 3]) {
    calls.push(batcher.call(input));
    await turn();
  }
  assert.deepEqual(batches.map(({ inputs }) => inputs), [[1]]);
  batches[0]!.end();
  await turn();
  assert.deepEqual(batches.map(({ inputs }) => inputs), [[1], [2, 3]]);
  batches[1]!.end();
  assert.deepEqual(await Promise.all(calls), ["1", "2", "3"]);
});

Deno.test("a call made as the last batch ends is not forgotten", async () => {
  const batcher = recordingBatcher();
  const answers = [];
  for (let i = 0; i < 5; i++) {
    // Each at another distance from the end of the batch before.
    let wait: Promise<unknown> = batcher.call(i);
    for (let hop = 0; hop < i; hop++) wait = wait.then((answer) => answer);
    answers.push(await wait);
  }
  assert.deepEqual(answers, ["0", "1", "2", "3", "4"]);
});

Deno.test("a batch takes no more calls than maxCount", async () => {
  const batcher = recordingBatcher({ maxCount: 3 });
  const calls = [1, 2, 3, 4, 5, 6, 7].map((input) => batcher.call(input));
  assert.deepEqual(await Promise.all(calls), [
    ...Array(3).fill("1,2,3"),
    ...Array(3).fill("4,5,6"),
    "7",
  ]);
});

Deno.test("a batch takes no more weight than maxWeight, and a heavier call goes alone", async () => {
  const batcher = recordingBatcher({ maxWeight: 6, weigh: (input) => input });
  const calls = [3, 3, 1, 5, 100, 1, 7].map((input) => batcher.call(input));
  assert.deepEqual(await Promise.all(calls), ["3,3", "3,3", "1,5", "1,5", "100", "1", "7"]);
});

Deno.test("when a batch fails each of its calls rejects, and later calls go on", async () => {
  const { batcher, batches } = heldBatcher({ maxCount: 2 });
  const calls = [1, 2, 3].map((input) => batcher.call(input));
  const outcomes = Promise.allSettled(calls);
  await turn();
  const failure = new Error("no");
  batches[0]!.fail(failure);
  await turn();
  batches[1]!.end();
  assert.deepEqual(await outcomes, [
    { status: "rejected", reason: failure },
    { status: "rejected", reason: failure },
    { status: "fulfilled", value: "3" },
  ]);
});

Deno.test("when run throws rather than rejects, the calls reject all the same", async () => {
  const failure = new Error("no");
  const batcher = new CallBatcher({
    maxCount: 10,
    run: () => {
      throw failure;
    },
  });
  const calls = [batcher.call(1), batcher.call(2)];
  await Promise.all(calls.map((call) => assert.rejects(call, failure)));
  await assert.rejects(batcher.call(3), failure);
});

Deno.test("with a wrong number of answers every call of the batch rejects", async () => {
  const { batcher, batches } = heldBatcher();
  for (const answers of [["1"], ["1", "2", "3"], []]) {
    const outcomes = Promise.allSettled([batcher.call(1), batcher.call(2)]);
    await turn();
    batches.at(-1)!.end(answers);
    for (const outcome of await outcomes) {
      assert.equal(outcome.status, "rejected");
      assert.match(
        String(outcome.reason),
        RegExp(`batch of 2 calls got ${answers.length} answers`),
      );
    }
  }
});

Deno.test("idle resolves when no call is waiting or under way", async () => {
  const { batcher, batches } = heldBatcher({ maxCount: 1 });
  await batcher.idle();

  const calls = [batcher.call(1), batcher.call(2)];
  let idle = false;
  const becameIdle = batcher.idle().then(() => idle = true);
  await turn();
  batches[0]!.end();
  await turn();
  assert.equal(idle, false);
  batches[1]!.end();
  await becameIdle;
  assert.deepEqual(await Promise.all(calls), ["1", "2"]);
});

Deno.test("the next batch is under way before the callers of the last one go on", async () => {
  const { batcher, batches } = heldBatcher();
  const first = batcher.call(1).then(() => batches.length);
  await turn();
  const second = batcher.call(2);
  batches[0]!.end();
  assert.equal(await first, 2);
  batches[1]!.end();
  await second;
});

Deno.test("many inputs of one call go in parts, beside other calls and in order", async () => {
  const { batcher, batches } = heldBatcher({ maxCount: 3 });
  const before = batcher.call(0);
  const parts = batcher.callAll([1, 2, 3, 4, 5, 6]);
  const after = batcher.call(7);
  assert.deepEqual(parts.map(({ inputs }) => inputs), [[1, 2], [3, 4, 5], [6]]);
  for (let i = 0; i < 3; i++) {
    await turn();
    batches[i]!.end();
  }
  const outputs = await Promise.all(parts.map(({ outputs }) => outputs));
  assert.deepEqual(outputs, [["1", "2"], ["3", "4", "5"], ["6"]]);
  assert.deepEqual(await Promise.all([before, after]), ["0", "7"]);
  assert.deepEqual(batches.map(({ inputs }) => inputs), [[0, 1, 2], [3, 4, 5], [6, 7]]);
});

Deno.test("of many inputs only those of the batch that failed reject", async () => {
  const { batcher, batches } = heldBatcher({ maxCount: 2 });
  const parts = batcher.callAll([1, 2, 3, 4]);
  const outcomes = Promise.allSettled(parts.map(({ outputs }) => outputs));
  await turn();
  batches[0]!.fail(new Error("no"));
  await turn();
  batches[1]!.end();
  assert.deepEqual((await outcomes).map(({ status }) => status), ["rejected", "fulfilled"]);
});

Deno.test("no inputs make no call", () => {
  const { batcher, batches } = heldBatcher();
  assert.deepEqual(batcher.callAll([]), []);
  assert.deepEqual(batches, []);
});

// A batch that another call takes along.

/** A batcher whose batches ride while `isRidden` says so, as acks ride with claims. */
function riding(options: Partial<CallBatcherOptions<number, string>> = {}) {
  const ride = { isRidden: true };
  return { ride, ...heldBatcher({ canRide: () => ride.isRidden, ...options }) };
}

Deno.test("a batch waits for the call that takes it along, which settles it", async () => {
  const { batcher, batches } = riding();
  const calls = [batcher.call(1), batcher.call(2)];
  await turn();
  assert.deepEqual(batches, []);
  const taken = batcher.takeAlong(10)!;
  assert.deepEqual(taken.inputs, [1, 2]);
  const later = batcher.call(3);
  taken.resolve(["one", "two"]);
  assert.deepEqual(await Promise.all(calls), ["one", "two"]);
  assert.deepEqual(batcher.takeAlong(10)!.inputs, [3]);
  assert.equal(batcher.takeAlong(10), undefined);
  later.catch(() => {});
});

Deno.test("a batch waits some turns of a promise for a call that takes it along, then goes by itself", async () => {
  for (let hops = 0; hops < 15; hops++) {
    const { batcher, batches, ride } = riding();
    ride.isRidden = false;
    const call = batcher.call(1);
    for (let hop = 0; hop < hops; hop++) await null;
    ride.isRidden = true;
    const taken = batcher.takeAlong(10);
    assert.deepEqual(taken?.inputs, [1], `after ${hops} turns`);
    await turn();
    assert.deepEqual(batches, []);
    taken!.resolve(["1"]);
    await call;
  }
  const { batcher, batches, ride } = riding();
  ride.isRidden = false;
  const call = batcher.call(1);
  await turn();
  batches[0]!.end();
  assert.equal(await call, "1");
});

Deno.test("start sends all that no call took along, in order", async () => {
  const { batcher, batches, ride } = riding({ maxCount: 2 });
  const calls = [1, 2, 3].map((input) => batcher.call(input));
  await turn();
  ride.isRidden = false;
  batcher.start();
  for (let i = 0; i < 2; i++) {
    await turn();
    batches[i]!.end();
  }
  assert.deepEqual(await Promise.all(calls), ["1", "2", "3"]);
  assert.deepEqual(batches.map(({ inputs }) => inputs), [[1, 2], [3]]);
});

Deno.test("a batch whose ride was refused goes alone and first, and takes no further calls", async () => {
  const { batcher, batches, ride } = riding();
  const calls = [batcher.call(1)];
  await turn();
  const taken = batcher.takeAlong(10)!;
  calls.push(batcher.call(2));
  batcher.sendAlone(taken);
  assert.equal(batcher.takeAlong(10), undefined, "it must not ride again");
  calls.push(batcher.call(3));
  await turn();
  assert.deepEqual(batches.map(({ inputs }) => inputs), [[1]]);
  batches[0]!.end();
  assert.equal(await calls[0], "1");
  await turn();
  assert.deepEqual(batches.length, 1, "the others still ride");
  ride.isRidden = false;
  batcher.start();
  await turn();
  batches[1]!.end();
  assert.deepEqual(await Promise.all(calls), ["1", "2", "3"]);
});

Deno.test("idle waits for a batch that waits for its ride", async () => {
  const { batcher } = riding();
  for (const isRefused of [false, true]) {
    const call = batcher.call(1).catch(() => {});
    await turn();
    let idle = false;
    const becameIdle = batcher.idle().then(() => idle = true);
    await turn();
    assert.equal(idle, false);
    const taken = batcher.takeAlong(10)!;
    if (isRefused) taken.reject(new Error("no"));
    else taken.resolve(["1"]);
    await Promise.all([call, becameIdle]);
  }
});
