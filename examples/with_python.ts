// Shares a queue with programs that use the Python library saferedisqueue 4.x. This example is without Python: it sends the
// commands that the library sends. The Python code for them is in the comments.
//
//   deno run --allow-net --allow-env examples/with_python.ts
import { createClient } from "npm:@redis/client@^6";
import { json, SafeRedisQueue } from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";

const url = Deno.env.get("REDIS_URL") ?? "redis://127.0.0.1:6379";

interface Greeting {
  hello: string;
}

// queue = SafeRedisQueue(url="redis://localhost", name="shared", serializer=json)
await using queue = new SafeRedisQueue<Greeting>({ url, name: "shared", serializer: json });
const python = createClient({ url });
await python.connect();

// uid = queue.put({"hello": "Deno"})
const put = crypto.randomUUID();
await python.multi()
  .hSet("srq:shared:items", put, '{"hello": "Deno"}')
  .lPush("srq:shared:queue", put)
  .exec();

const [uid, item] = await queue.get(5);
if (uid !== null) {
  console.log(`Python put, Deno got: hello ${item.hello}`);
  await queue.ack(uid);
}

await queue.put({ hello: "Python" });

// uid, item = queue.get()
const taken = await python.brPopLPush("srq:shared:queue", "srq:shared:ackbuf", 5);
const payload = await python.hGet("srq:shared:items", taken!);
console.log(`Deno put, Python got: ${payload}`);

// queue.fail(uid)
await python.multi()
  .lRem("srq:shared:ackbuf", 0, taken!)
  .zRem("srq:shared:ackbuf_aging", taken!)
  .lPush("srq:shared:queue", taken!)
  .exec();

await queue.drain(({ payload }) => console.log(`Python failed, Deno did it: ${payload.hello}`));
python.destroy();
