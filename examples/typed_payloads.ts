// A schema checks each payload when it is put and when it is delivered. No handler sees a payload of another shape.
//
//   deno run --allow-net --allow-env=REDIS_URL examples/typed_payloads.ts
import { SafeRedisQueue, SerializationError } from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";
import { z } from "npm:zod@^4";

const Order = z.object({
  id: z.int().positive(),
  customer: z.email(),
  placed: z.iso.datetime().transform((text) => new Date(text)), // a Date here, text in Redis
});
type Order = z.output<typeof Order>;

await using queue = new SafeRedisQueue<Order>({
  url: Deno.env.get("REDIS_URL"),
  name: "orders",
  serializer: {
    dumps(order) {
      const text = JSON.stringify(order);
      Order.parse(JSON.parse(text)); // stores nothing that `loads` could not read
      return text;
    },
    loads: (data) => Order.parse(JSON.parse(String(data))),
  },
  onError: (error) => {
    if (error instanceof SerializationError) console.log("unreadable, now a dead letter");
    else console.error(error);
  },
});

await queue.put({ id: 1, customer: "ada@example.org", placed: new Date("2026-05-01T12:00:00Z") });

try {
  await queue.put({ id: 2, customer: "nobody", placed: new Date() });
} catch (error) {
  if (!(error instanceof SerializationError)) throw error;
  console.log("refused, and not stored");
}

// An older version of the program has put something else.
await using plain = new SafeRedisQueue({ url: Deno.env.get("REDIS_URL"), name: queue.name });
await plain.put('{"id": "three"}');

await queue.drain(({ payload }) => {
  console.log(`order ${payload.id} of ${payload.placed.getUTCFullYear()} from ${payload.customer}`);
});
await queue.close(); // waits until Redis knows of all acks

// A queue without the schema reads it as a string.
for (const { uid, payload } of (await plain.dead.list()).items) {
  console.log(`dead: ${payload}`);
  await plain.dead.delete(uid);
}
