// What holds by the types: `deno check` fails where a line compiles that should not, or has another type.

import assert from "node:assert/strict";
import {
  bytes,
  type GetResult,
  json,
  type QueueItem,
  SafeRedisQueue,
  type SafeRedisQueueOptions,
  SerializationError,
  type Serializer,
} from "../../mod.ts";

interface Mail {
  to: string;
}

const dates: Serializer<Date> = {
  dumps: (date) => date.toISOString(),
  loads: (data) => new Date(String(data)),
};

/** Whether two types are the same. */
type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true
  : false;

/** The type of a queue's items is `Expected`. */
function holds<Expected>() {
  return <T>(queue: SafeRedisQueue<T>, _isSo: Same<T, Expected>) => queue.close();
}

/** A function of a user's that makes queues. */
function make<T>(options: SafeRedisQueueOptions<T>): SafeRedisQueue<T> {
  return new SafeRedisQueue<T>(options);
}

interface MailOptions extends SafeRedisQueueOptions<Mail> {
  bcc: string;
}

Deno.test("the type of the items follows from the serializer, or is named beside it", async () => {
  await holds<string>()(new SafeRedisQueue(), true);
  await holds<string>()(new SafeRedisQueue({ name: "q" }), true);
  await holds<string>()(new SafeRedisQueue({ serializer: undefined }), true);
  await holds<"a" | "b">()(new SafeRedisQueue<"a" | "b">({ name: "q" }), true);
  await holds<string>()(new SafeRedisQueue<string>({ serializer: json }), true);
  await holds<Uint8Array>()(new SafeRedisQueue({ serializer: bytes }), true);
  await holds<Date>()(new SafeRedisQueue({ name: "q", serializer: dates }), true);
  await holds<unknown>()(new SafeRedisQueue({ serializer: json }), true);
  await holds<Mail>()(new SafeRedisQueue<Mail>({ serializer: json }), true);
  await holds<Mail>()(new SafeRedisQueue<Mail>({ serializer: JSON }), true);
  await holds<unknown>()(new SafeRedisQueue<unknown>({ serializer: JSON }), true);
  const numbers = { dumps: (item: number[]) => item.join(), loads: () => [1] };
  await holds<number[]>()(new SafeRedisQueue({ serializer: numbers }), true);
  await holds<Date>()(make({ serializer: dates }), true);
  await holds<Mail>()(make<Mail>({ serializer: json }), true);
  await holds<unknown>()(make({ serializer: JSON }), true);
  const { bcc: _, ...options }: MailOptions = { serializer: json, bcc: "ada@example.org" };
  await holds<Mail>()(new SafeRedisQueue<Mail>(options), true);
});

/** Not run: only its types matter. */
export async function refused(): Promise<void> {
  // Without a serializer the first put would throw.
  // @ts-expect-error: no serializer
  new SafeRedisQueue<Mail>({ name: "mails" });
  // @ts-expect-error: no serializer
  new SafeRedisQueue<Mail>({});
  // @ts-expect-error: no serializer
  new SafeRedisQueue<Mail>();
  // @ts-expect-error: no serializer
  new SafeRedisQueue<Mail>({ serializer: undefined });
  // @ts-expect-error: no serializer
  new SafeRedisQueue<Uint8Array>({ name: "thumbnails" });
  // @ts-expect-error: no serializer for numbers
  new SafeRedisQueue<string | number>({ name: "q" });
  // @ts-expect-error: no serializer
  new SafeRedisQueue<unknown>();
  // @ts-expect-error: no serializer
  make<Mail>({ name: "mails" });
  // @ts-expect-error: a queue of strings
  const queue: SafeRedisQueue<Mail> = new SafeRedisQueue();

  // JSON says nothing of the items, which are no strings.
  // @ts-expect-error: the type is missing
  new SafeRedisQueue({ serializer: JSON });

  // @ts-expect-error: a serializer of another type
  new SafeRedisQueue<Mail>({ serializer: bytes });
  // @ts-expect-error: not an option
  new SafeRedisQueue({ prot: 6379 });
  // @ts-expect-error: not an option
  await queue.put({ to: "ada@example.org" }, { dealy: 5 });
  // @ts-expect-error: not an item
  await queue.put("ada@example.org");
  await queue.consume((item) => {
    const typed: QueueItem<Mail> = item;
    // @ts-expect-error: not in a mail
    return typed.payload.subject;
  });
  const [uid, mail]: GetResult<Mail> = await queue.get(1);
  if (uid !== null) console.log(mail.to);
  // @ts-expect-error: there may be none
  console.log(mail.to);
}

Deno.test("a queue that escapes the types refuses its first item", async () => {
  await using queue = new SafeRedisQueue({} as SafeRedisQueueOptions<Mail>);
  await assert.rejects(queue.put({ to: "ada@example.org" }), SerializationError);
});
