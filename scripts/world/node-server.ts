import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { RegionNode } from "../../workers/region-node/node.ts";
import type { NodeRequest, Reply } from "../../workers/region-node/reply.ts";
import { echoMessages, MAX_MESSAGE_BYTES } from "./web-socket-echo.ts";

// An `import` of node:http loads its WebSocket client too, which is half of the start of a node, and a world starts many.
const http = process.getBuiltinModule("node:http");

/** Longer than any client keeps a connection for reuse, so that a request never meets a socket that is closing. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** Requests and WebSockets in progress. */
export interface Traffic {
  inFlight: number;
}

/** Serves a region node over HTTP/1.1: bodies stream both ways, and a client that leaves aborts its request. */
export function createNodeServer(node: RegionNode, traffic: Traffic): Server {
  const server = http.createServer({
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    headersTimeout: KEEP_ALIVE_TIMEOUT_MS + 5000,
  });
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, clientTracking: false });
  const accepted = new WeakMap<IncomingMessage, Reply>();

  server.on("request", (incoming, outgoing) => {
    traffic.inFlight++;
    outgoing.once("close", () => traffic.inFlight--);
    void respond(node, incoming, outgoing, (reply) => send(incoming, outgoing, reply));
  });

  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    traffic.inFlight++;
    socket.once("close", () => traffic.inFlight--);
    const outgoing = new http.ServerResponse(incoming);
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(socket as Socket);
    outgoing.once("finish", () => socket.end());
    void respond(node, incoming, outgoing, async (reply) => {
      if (reply.status !== 101) return send(incoming, outgoing, reply);
      outgoing.detachSocket(socket as Socket);
      accepted.set(incoming, reply);
      webSockets.handleUpgrade(incoming, socket, head, echoMessages);
    });
  });
  webSockets.on("headers", (lines, incoming) => {
    for (const [name, value] of Object.entries(accepted.get(incoming)?.headers ?? {})) lines.push(`${name}: ${value}`);
  });
  return server;
}

async function respond(
  node: RegionNode,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  deliver: (reply: Reply) => Promise<void>,
): Promise<void> {
  const request = new IncomingRequest(incoming, outgoing);
  try {
    await deliver(await node.answer(request, incoming.socket.remoteAddress));
  } catch (error) {
    if (outgoing.destroyed || outgoing.socket?.destroyed !== false) return;
    console.error(error);
    if (outgoing.headersSent) return void outgoing.destroy();
    outgoing.writeHead(500, { "content-length": 0 }).end();
  }
}

/** A request whose parts are made when they are read: most answers read none. */
class IncomingRequest implements NodeRequest {
  readonly method: string;
  readonly url: string;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #departure: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    const target = incoming.url ?? "";
    this.method = incoming.method ?? "GET";
    this.url = target.startsWith("/") ? `http://${incoming.headers.host ?? "localhost"}${target}` : target;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get headers(): NodeRequest["headers"] {
    const { headers } = this.#incoming;
    return {
      get: (name) => joined(headers[name.toLowerCase()]) ?? null,
      forEach(visit) {
        for (const [name, value] of Object.entries(headers)) visit(joined(value) ?? "", name);
      },
    };
  }

  get body(): NodeRequest["body"] {
    // The connection survives a reader that stops early: `send` lets the rest of the body run out.
    return this.#incoming.iterator({ destroyOnReturn: false });
  }

  get signal(): AbortSignal {
    this.#departure ??= abortOnClose(this.#outgoing);
    return this.#departure;
  }
}

function abortOnClose(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (outgoing.destroyed) controller.abort();
  outgoing.once("close", () => controller.abort());
  return controller.signal;
}

const joined = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;

async function send(incoming: IncomingMessage, outgoing: ServerResponse, reply: Reply): Promise<void> {
  const { body, headers, status } = reply;
  if (body instanceof ReadableStream) {
    outgoing.writeHead(status, headers);
    if (incoming.method === "HEAD") await body.cancel();
    else await pump(body, outgoing);
    outgoing.end();
  } else if (body === null) {
    outgoing.writeHead(status, headers).end();
  } else {
    outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
    outgoing.end(incoming.method === "HEAD" ? undefined : body);
  }
  if (!incoming.readableEnded) incoming.resume();
}

/** Writes a stream at the pace of the socket, and cancels it when the client leaves. */
async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  outgoing.flushHeaders();
  const reader = body.getReader();
  outgoing.once("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done || outgoing.destroyed) return;
    if (!outgoing.write(value)) await drained(outgoing);
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const proceed = () => {
      outgoing.off("drain", proceed);
      outgoing.off("close", proceed);
      resolve();
    };
    outgoing.on("drain", proceed);
    outgoing.on("close", proceed);
  });
}
