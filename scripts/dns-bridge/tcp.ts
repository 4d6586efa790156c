import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Ip, parseIp } from "../../src/base/ip.ts";
import { networkKey, subnetOf } from "../../src/dns/bridge/subnet.ts";
import type { Bridge } from "./bridge.ts";
import { Frames } from "./frames.ts";

/** Without a whole query for so long, a connection is closed (RFC 7766, section 6.2.3). */
const IDLE_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 500;
const MAX_CONNECTIONS_OF_NETWORK = 50;
/** Queries of one connection under way; the next are read when there is room (RFC 7766, section 6.2.1.1). */
const MAX_PIPELINED = 64;
/** Answers that a client does not take; past it the connection is closed. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export interface TcpLimits {
  readonly idleTimeoutMs: number;
  readonly connections: number;
  readonly connectionsOfNetwork: number;
}

export const TCP_LIMITS: TcpLimits = {
  idleTimeoutMs: IDLE_TIMEOUT_MS,
  connections: MAX_CONNECTIONS,
  connectionsOfNetwork: MAX_CONNECTIONS_OF_NETWORK,
};

/** DNS over TCP (RFC 7766): many queries on a connection, each answered when its answer is there. */
export async function listenTcp(bridge: Bridge, host: string, port: number, limits = TCP_LIMITS): Promise<Server> {
  const ofNetwork = new Map<string, number>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const ip = parseIp(socket.remoteAddress ?? "");
    const network = ip === undefined ? "" : networkOf(ip);
    const connections = (ofNetwork.get(network) ?? 0) + 1;
    if (ip === undefined || connections > limits.connectionsOfNetwork) return void socket.destroy();
    ofNetwork.set(network, connections);
    socket.once("close", () => {
      const left = (ofNetwork.get(network) ?? 1) - 1;
      if (left === 0) ofNetwork.delete(network);
      else ofNetwork.set(network, left);
    });
    serve(bridge, socket, ip, limits.idleTimeoutMs);
  });
  server.maxConnections = limits.connections;
  server.listen({ host, port, exclusive: true });
  await once(server, "listening");
  server.on("error", (error) => console.error(`DNS over TCP: ${error.message}`));
  return server;
}

function networkOf(ip: Ip): string {
  const subnet = subnetOf(ip);
  return networkKey(subnet, subnet.sourcePrefix);
}

function serve(bridge: Bridge, socket: Socket, ip: Ip, idleTimeoutMs: number): void {
  const frames = new Frames();
  let pending = 0;
  let ended = false;
  // Not the socket's own timeout: one byte now and then is no query.
  const idle = setTimeout(() => socket.destroy(), idleTimeoutMs);

  const send = (reply: Uint8Array | null) => {
    pending -= 1;
    if (reply && socket.writable) socket.write(Frames.wrap(reply));
    if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy();
    else advance();
  };
  const advance = () => {
    while (pending < MAX_PIPELINED) {
      const query = frames.next();
      if (query === null) break;
      idle.refresh();
      pending += 1;
      const reply = bridge.reply(query, { ip, transport: "tcp" });
      if (reply instanceof Promise) void reply.then(send);
      else queueMicrotask(() => send(reply));
    }
    if (frames.isTooLong) socket.destroy();
    else if (pending < MAX_PIPELINED) socket.resume();
    else socket.pause();
    if (ended && pending === 0) socket.end();
  };

  socket.on("data", (piece) => {
    frames.push(piece);
    advance();
  });
  // A client that has asked all may close its half before the answers are there.
  socket.once("end", () => {
    ended = true;
    advance();
  });
  socket.on("error", () => socket.destroy());
  socket.once("close", () => clearTimeout(idle));
}
