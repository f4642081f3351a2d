import { SafeRedisQueue } from "../../mod.ts";
import { onUnexpected } from "./unexpected.ts";

/** A queue of a program that consumes nothing. */
export function openQueue(port: string, name: string): SafeRedisQueue {
  return new SafeRedisQueue({
    hostname: "127.0.0.1",
    port: Number(port),
    name,
    autocleanInterval: null,
    commandTimeout: 5,
    onError: onUnexpected,
  });
}
