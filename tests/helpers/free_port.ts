export { freePort } from "../../src/cli/private_redis.ts";
