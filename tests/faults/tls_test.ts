import assert from "node:assert/strict";
import { RedisUnavailableError, SafeRedisQueue, type SafeRedisQueueOptions } from "../../mod.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "../helpers/certificates.ts";
import { freePort } from "../helpers/free_port.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, rejectionsOf, SECRET } from "../helpers/rejection.ts";
import { drain, Traffic } from "../helpers/traffic.ts";
import { until } from "../helpers/until.ts";

/** A Redis that speaks TLS at a port of its own, and a client's way to it. */
interface TlsRedis extends AsyncDisposable {
  redis: TestRedis;
  tlsPort: number;
  certificates: Certificates;
  queue(options: SafeRedisQueueOptions): SafeRedisQueue;
}

async function startTlsRedis(host: string): Promise<TlsRedis> {
  await using resources = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir();
  resources.defer(() => Deno.remove(dir, { recursive: true }));
  const certificates = await makeCertificates(dir, host);
  const tlsPort = freePort();
  const redis = resources.use(
    await startRedis([
      ...["--tls-port", String(tlsPort), "--tls-auth-clients", "no"],
      ...["--tls-cert-file", certificates.certificateFile, "--tls-key-file", certificates.keyFile],
      ...["--tls-ca-cert-file", certificates.caFile],
    ]),
  );
  const { onError } = new ErrorLog();
  const kept = resources.move();
  return {
    redis,
    tlsPort,
    certificates,
    queue: (options) =>
      new SafeRedisQueue({ hostname: "127.0.0.1", port: tlsPort, onError, ...options }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A test that needs certificates. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasOpenssl(), fn });
}

test("with the server's authority in caCerts a queue works by TLS, also after its connections broke", async () => {
  await using server = await startTlsRedis("IP:127.0.0.1");
  const { redis, tlsPort } = server;
  await redis.command("ACL", "SETUSER", "worker", "on", `>${SECRET}`, "~*", "+@all");
  const caCerts = [server.certificates.ca];
  await using producer = server.queue({
    url: `rediss://worker:${SECRET}@127.0.0.1:${tlsPort}`,
    caCerts,
  });
  await using consumer = server.queue({ tls: true, caCerts, autocleanInterval: 0.5 });
  const large = "ü".repeat(1024 * 1024);
  const got = consumer.get();
  const uid = await producer.put(large);
  assert.deepEqual(await got, [uid, large]);
  await consumer.ack(uid);

  const traffic = new Traffic(producer, consumer);
  for (let round = 0; round < 5; round++) {
    await traffic.flows();
    await redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  }
  await traffic.end();
  await drain(redis, consumer);
});

test("a certificate that is not trusted is told in bounded time, and nothing is sent", async () => {
  await using server = await startTlsRedis("IP:127.0.0.1");
  await using stranger = await startTlsRedis("IP:127.0.0.1");
  await using misnamed = await startTlsRedis("DNS:redis.example.org");
  const cases: [TlsRedis, caCerts: string[] | undefined, reason: RegExp][] = [
    [server, undefined, /certificate/i],
    [server, [stranger.certificates.ca], /certificate/i],
    [misnamed, [misnamed.certificates.ca], /certificate.*127\.0\.0\.1/],
  ];
  for (const [{ redis, queue: open }, caCerts, reason] of cases) {
    await using queue = open({ tls: true, caCerts, password: SECRET, commandTimeout: 1 });
    const calledAt = performance.now();
    const calls = [queue.connect(), queue.put(SECRET), queue.get(0.5), queue.get(-1)];
    const errors = await rejectionsOf(RedisUnavailableError, calls);
    for (const { message, mayHaveHappened } of errors) {
      assert.match(message, reason);
      assert.equal(mayHaveHappened, false);
    }
    assert(performance.now() - calledAt < 3_000);
    assert.deepEqual(await readState(redis, "0"), EMPTY);
    assert.equal((await redis.calls())["auth"], undefined, "the password stays here");
  }
});

test("a plain connection to a TLS port, and TLS to a plain one, are told in bounded time", async () => {
  await using server = await startTlsRedis("IP:127.0.0.1");
  const caCerts = [server.certificates.ca];
  await using plain = server.queue({ commandTimeout: 1 });
  await using secret = server.queue({ port: server.redis.port, caCerts, commandTimeout: 1 });
  for (const queue of [plain, secret]) {
    const calledAt = performance.now();
    const error = await rejectionOf(RedisUnavailableError, queue.put(SECRET));
    assert.match(error.message, /^Cannot put an item: Redis at 127\.0\.0\.1:\d+ /);
    assert(performance.now() - calledAt < 3_000);
  }
});

test("a get outlives a certificate that is not trusted for a while", async () => {
  await using server = await startTlsRedis("IP:127.0.0.1");
  await using stranger = await startTlsRedis("IP:127.0.0.1");
  const { redis, certificates } = server;
  await using queue = server.queue({ caCerts: [certificates.ca] });
  const useCertificateOf = (other: Certificates) =>
    redis.command(
      ...["CONFIG", "SET", "tls-cert-file", other.certificateFile] as const,
      ...["tls-key-file", other.keyFile] as const,
    );
  const got = queue.get();
  got.catch(() => {}); // awaited below
  await until("it waits", async () => await redis.blockedClients() === 1);
  await useCertificateOf(stranger.certificates);
  await redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await until("that is told", () => {
    return queue.connect().then(() => false, (error) => /certificate/i.test(error.message));
  });
  await useCertificateOf(certificates);
  const uid = await queue.put("a");
  assert.deepEqual(await got, [uid, "a"]);
});
