import { auth } from "hono/utils/basic-auth";
import { timingSafeEqual } from "hono/utils/buffer";
import type { Permit } from "./dashboard_options.ts";

/**
 * Asks for a password, by the log-in of the browser (HTTP basic authentication, with any user name): an `authorize` for a dashboard.
 * The time that the comparison takes tells nothing of the password. Use it over TLS only, or on the machine itself.
 *
 * @param password The password, not empty.
 * @throws {TypeError} If it is empty, or no string.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 * import { dashboard, password } from "@saferedisqueue/saferedisqueue/dashboard";
 *
 * await using queue = new SafeRedisQueue({ name: "mails" });
 * const handler = dashboard([queue], { authorize: password("correct horse battery staple") });
 * const { status } = await handler(new Request("http://localhost/"));
 * console.log(status); // 401
 * ```
 */
export function password(password: string): (request: Request) => Promise<Permit> {
  if (typeof password !== "string" || password === "") {
    throw new TypeError("The password of a dashboard is empty: expected a string that is not");
  }
  return async (request) => {
    const given = auth(request);
    if (given !== undefined && await timingSafeEqual(given.password, password)) return true;
    return new Response("A password is needed.\n", {
      status: 401,
      headers: {
        "WWW-Authenticate": 'Basic realm="SafeRedisQueue", charset="UTF-8"',
        "Cache-Control": "no-store",
      },
    });
  };
}
