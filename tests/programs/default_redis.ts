// Loaded before a program: what it connects to at Redis's default port is led to the port DEFAULT_REDIS_PORT.
import net from "node:net";

const DEFAULT_PORT = 6379;
const port = Number(Deno.env.get("DEFAULT_REDIS_PORT"));
if (!port) throw new Error("DEFAULT_REDIS_PORT is not set");

interface Address {
  port?: number;
}

function lead(options: Address | Address[]): void {
  const address = Array.isArray(options) ? options[0] : options;
  if (address?.port === DEFAULT_PORT) address.port = port;
}

const { connect } = Deno;
Object.defineProperty(Deno, "connect", {
  value: (options: Deno.ConnectOptions) => {
    const led = { ...options };
    lead(led);
    return connect(led);
  },
});

// Clients from npm use this.
const { connect: connectSocket } = net.Socket.prototype;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  lead(args[0] as Address | Address[]);
  return Reflect.apply(connectSocket, this, args);
} as typeof connectSocket;
