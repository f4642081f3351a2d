import { bytes } from "../../serializers.ts";
import type { Command, GivenOptions } from "../command.ts";
import { UsageError } from "../errors.ts";
import { FoundQueues } from "../found_queues.ts";
import { openQueue, QUEUE_OPTIONS } from "../open_queue.ts";
import { serveDashboard } from "../web_server.ts";

const DEFAULT_HOSTNAME = "127.0.0.1";
const DEFAULT_PORT = 7379;

export const serve: Command = {
  summary: "shows queues in the browser",
  about:
    "Serves a dashboard in the browser: all queues of the server, or those that --name says, their items and consumers, and " +
    "buttons to put, pause, resume, delete, requeue and clear; besides, /metrics for Prometheus, and /health.\n" +
    "On this machine (127.0.0.1) it needs no password. At any other address it does: in the environment variable " +
    "SRQ_DASHBOARD_PASSWORD, for any user name. It speaks HTTP: put a proxy with TLS in front of it.",
  options: {
    port: {
      value: "PORT",
      help: `where to listen; 0 for any free port; default: ${DEFAULT_PORT}`,
    },
    hostname: { value: "HOST", help: `where to listen; default: ${DEFAULT_HOSTNAME}` },
    "read-only": { help: "change nothing, whoever asks" },
    name: {
      value: "NAME",
      repeats: true,
      help: "name of a queue to show; may be given several times; default: all of the server",
    },
    all: { help: "show all queues of the server that hold items, as without --name" },
    url: QUEUE_OPTIONS.url,
  },
  examples: [
    "serve",
    "serve --name mails --name films --read-only --port 8080",
    "SRQ_DASHBOARD_PASSWORD=... {} serve --hostname 0.0.0.0",
  ],

  async run(given, { stop }) {
    const names = new Set(given.lists.get("name"));
    if (names.size > 0 && given.flags.has("all")) {
      throw new UsageError("Both --name and --all are given: choose one");
    }
    const options = {
      hostname: given.values.get("hostname") ?? DEFAULT_HOSTNAME,
      port: portOf(given),
      readOnly: given.flags.has("read-only"),
      stop,
    };
    if (names.size === 0) {
      await using found = await FoundQueues.open(given, stop);
      await serveDashboard(() => found.all(), options);
      return;
    }
    await using opened = new AsyncDisposableStack();
    const queues = [];
    for (const name of names) {
      const queue = openQueue(given, { name, serializer: bytes, autocleanInterval: null }, stop);
      queues.push(opened.use(await queue));
    }
    await serveDashboard(queues, options);
  },
};

function portOf({ values }: GivenOptions): number {
  const value = values.get("port") ?? String(DEFAULT_PORT);
  if (/^\d{1,5}$/.test(value) && Number(value) < 65_536) return Number(value);
  throw new UsageError(`The option --port is "${value}": expected a whole number from 0 to 65535`);
}
