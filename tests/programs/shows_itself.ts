// Consumes until it is stopped: shows_itself.ts URL OPTIONS; prints each item.
import { SafeRedisQueue } from "../../mod.ts";

const [url, options = "{}"] = Deno.args;
const queue = new SafeRedisQueue({ url, ...JSON.parse(options) });
await queue.consume(({ payload }) => console.log(payload), { concurrency: 3 });
