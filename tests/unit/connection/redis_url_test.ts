import assert from "node:assert/strict";
import {
  parseRedisUrl,
  quoteWithoutPassword,
  type RedisAddress,
} from "../../../src/connection/redis_url.ts";

const understood: Record<string, RedisAddress> = {
  "redis://": { tls: false },
  "redis://localhost": { hostname: "localhost", tls: false },
  "redis://localhost:6379/7": { hostname: "localhost", port: 6379, db: 7, tls: false },
  "rediss://cache.example:6380/0": { hostname: "cache.example", port: 6380, db: 0, tls: true },
  "redis://:6380": { port: 6380, tls: false },
  "redis://localhost/": { hostname: "localhost", tls: false },
  "redis://localhost/7/": { hostname: "localhost", db: 7, tls: false },
  "redis://localhost?db=3": { hostname: "localhost", db: 3, tls: false },
  "redis://localhost/?db=3": { hostname: "localhost", db: 3, tls: false },
  "redis://me@localhost": { hostname: "localhost", username: "me", tls: false },
  "redis://:secret@localhost": { hostname: "localhost", password: "secret", tls: false },
  "redis://me:secret@localhost": {
    hostname: "localhost",
    username: "me",
    password: "secret",
    tls: false,
  },
  "redis://%C3%BC%40b:p%3A%2F%40%25%23%3F@localhost": {
    hostname: "localhost",
    username: "ü@b",
    password: "p:/@%#?",
    tls: false,
  },
  "redis://me:with:colon@localhost": {
    hostname: "localhost",
    username: "me",
    password: "with:colon",
    tls: false,
  },
  "redis://127.0.0.1:6379": { hostname: "127.0.0.1", port: 6379, tls: false },
  "redis://[::1]:6379/2": { hostname: "::1", port: 6379, db: 2, tls: false },
  "redis://[2001:db8::7]": { hostname: "2001:db8::7", tls: false },
  "unix:///run/redis.sock": { path: "/run/redis.sock" },
  "unix:///run/redis.sock?db=4": { path: "/run/redis.sock", db: 4 },
  "unix://:secret@/run/with%20space.sock": { path: "/run/with space.sock", password: "secret" },
  "unix://me:secret@/run/redis.sock": {
    path: "/run/redis.sock",
    username: "me",
    password: "secret",
  },
};

for (const [url, address] of Object.entries(understood)) {
  Deno.test(`the URL ${url} is understood`, () => {
    assert.deepEqual(parseRedisUrl(url), address);
  });
}

const refused = [
  "",
  "secret@localhost",
  "me:secret@localhost:6379",
  ":secret@localhost",
  "http://:secret@localhost",
  "redis+tls://:secret@localhost",
  "redis:/:secret@localhost",
  "redis:me:secret@localhost",
  "redis://:sec/ret@localhost",
  "redis://:sec#ret@localhost",
  "redis://:sec?ret@localhost",
  "redis://:secret@with@localhost",
  "redis://:secret",
  "redis://me:secret",
  "redis://me:sec%ret@localhost",
  "redis://:secret@localhost:port",
  "redis://:secret@localhost:6379/seven",
  "redis://:secret@localhost/-1",
  "redis://:secret@localhost?db=",
  "redis://:secret@localhost?db=1.5",
  "redis://localhost?password=secret",
  "redis://:secret@::1",
  "unix://",
  "unix://:secret@",
  "unix://:secret@relative.sock",
  "unix://:secret@/",
];

for (const url of refused) {
  Deno.test(`the URL ${JSON.stringify(url)} is refused, without its password`, () => {
    assert.throws(() => parseRedisUrl(url), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /option url/);
      assert.doesNotMatch(error.message, /sec|ret/);
      return true;
    });
  });
}

Deno.test("a URL is quoted with its host, so that it can be recognized", () => {
  assert.equal(quoteWithoutPassword("redis://localhost:6379/0"), '"redis://localhost:6379/0"');
  assert.match(quoteWithoutPassword("redis://me:secret@cache:6379/x"), /cache:6379/);
});
