import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { err, ok, type Result } from "../../src/base/result.ts";
import { MAX_MESSAGE_BYTES } from "../../src/dns/encode-response.ts";

/** What the Worker has answered. */
export interface UpstreamReply {
  readonly bytes: Uint8Array;
  /** Of the table that it answered from; `null` where it does not say. */
  readonly epoch: number | null;
  /** False where the next who asks may get another answer. */
  readonly mayKeep: boolean;
}

export type UpstreamFailure = "busy" | "timed-out" | "unreachable" | "bad-reply";

/** Asks the Worker; never throws. */
export type Upstream = (query: Uint8Array) => Promise<Result<UpstreamReply, UpstreamFailure>>;

export interface UpstreamLimits {
  readonly timeoutMs: number;
  readonly connections: number;
  /** Under way and waiting for a connection; past it the Worker is no faster, and whoever waits has gone. */
  readonly queries: number;
}

/** The timeout is less than the 2 to 5 s after which clients ask again. */
const LIMITS: UpstreamLimits = { timeoutMs: 1500, connections: 64, queries: 1024 };
const TYPE = "application/dns-message";

/** DNS over HTTPS (RFC 8484) by POST, over connections that are kept. */
export function createUpstream(url: string, limits = LIMITS): Upstream {
  const { Agent, request } = url.startsWith("https:") ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: limits.connections });
  let under = 0;

  function post(query: Uint8Array): Promise<Result<UpstreamReply, UpstreamFailure>> {
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(limits.timeoutMs);
      const fail = () => resolve(err(signal.aborted ? "timed-out" : "unreachable"));
      const headers = { "Content-Type": TYPE, Accept: TYPE, "Content-Length": query.length };
      const outgoing = request(url, { method: "POST", agent, headers, signal }, (incoming) => {
        read(incoming).then(resolve, fail);
      });
      outgoing.once("error", fail);
      outgoing.end(query);
    });
  }

  return async (query) => {
    if (under >= limits.queries) return err("busy");
    under += 1;
    try {
      return await post(query);
    } finally {
      under -= 1;
    }
  };
}

async function read(incoming: IncomingMessage): Promise<Result<UpstreamReply, UpstreamFailure>> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of incoming) {
    length += piece.length;
    if (length > MAX_MESSAGE_BYTES) return err("bad-reply");
    pieces.push(piece);
  }
  const { statusCode, headers } = incoming;
  if (statusCode !== 200 || headers["content-type"] !== TYPE) return err("bad-reply");
  const epoch = Number(headers["x-novacron-epoch"] ?? Number.NaN);
  return ok({
    // Out of the pool from which small buffers are cut: an answer may be kept for long.
    bytes: new Uint8Array(Buffer.concat(pieces)),
    epoch: Number.isSafeInteger(epoch) ? epoch : null,
    mayKeep: !/no-store/.test(headers["cache-control"] ?? ""),
  });
}
