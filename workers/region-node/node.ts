import { Router } from "itty-router";
import type { Load } from "../../src/table/verdict.ts";
import { serveBytes } from "./bytes.ts";
import { echo } from "./echo.ts";
import { streamEvents } from "./events.ts";
import { type Faults, faultDelayMs, maySetFaults, noFaults } from "./fault.ts";
import { readInteger, readQueryInteger } from "./integer.ts";
import type { Probing } from "./probe.ts";
import { json, type NodeRequest, problem, type Reply, type RoutedRequest, reading, toResponse } from "./reply.ts";

export const MAX_SLOW_MS = 60_000;

export interface RegionNodeOptions {
  readonly region: string;
  readonly backend: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly load: () => Load;
  /** `null` lets nobody ask for probes. */
  readonly probing: Probing | null;
}

export interface RegionNode {
  /** `peer` is the address of the socket's other end; without it nobody may set faults. */
  fetch(request: Request, peer?: string): Promise<Response>;
  /** The same for a host that writes to a socket itself. Status 101 asks it to upgrade to a WebSocket that echoes. */
  answer(request: NodeRequest, peer?: string): Promise<Reply>;
}

/** One request as the node's own routes see it. */
interface Visit {
  readonly peer: string | undefined;
  /** Milliseconds that a fault held the request back: the distance that it simulates, not the node's own time. */
  heldMs: number;
}

/** The agent on a regional node: health, load, faults for drills, and a service whose answers name the node. */
export function createRegionNode(options: RegionNodeOptions): RegionNode {
  const { region, backend, now, random, sleep } = options;
  const identity = { region, backend };
  const service = json(200, identity);
  let faults: Faults = noFaults;

  const router = Router<RoutedRequest, [visit: Visit]>();
  router
    .all("/fault", (request, { peer }) => drill(request, peer))
    .all("*", (request, visit) => (faults === noFaults ? undefined : suffer(request, visit)))
    .all(
      "/healthz",
      reading(() => json(200, { status: "up", ...identity })),
    )
    .all(
      "/load",
      reading(() => json(200, options.load())),
    )
    .all("/probe", probeOthers)
    .all("*", () => failAtRandom())
    .all("/echo", (request) => echo(request, identity))
    .all("/bytes/:n", reading(serveBytes))
    .all(
      "/sse",
      reading((request) => streamEvents(request, identity, sleep)),
    )
    .all("/ws", reading(inviteWebSocket))
    .all("/slow", reading(answerSlowly))
    .all("/status/:code", answerStatus)
    .all("*", () => service);

  async function drill(request: NodeRequest, peer: string | undefined): Promise<Reply> {
    if (!maySetFaults(request, peer)) {
      return problem(403, "fault-forbidden", "faults are for a loopback peer that asks the node directly");
    }
    if (request.method === "GET") return json(200, faults);
    if (request.method !== "POST") return problem(405, "wrong-method", "GET or POST", { allow: "GET, POST" });
    // Loaded on demand: it needs zod, which would make up a third of the start of a node, and a world starts many.
    const { readFaults } = await import("./fault-schema.ts");
    const wanted = await readFaults(request);
    if (!wanted.ok) return wanted.error;
    faults = wanted.value;
    return json(200, faults);
  }

  async function probeOthers(request: NodeRequest): Promise<Reply> {
    // On demand too, for the same reason.
    const { probe } = await import("./probe.ts");
    return probe(request, options.probing, now);
  }

  /** Probes see latency and death, but not errors: a node may fail its clients and look well. */
  async function suffer(request: NodeRequest, visit: Visit): Promise<Reply | undefined> {
    const delayMs = faultDelayMs(faults, request.headers.get("x-novacron-colo"));
    if (delayMs > 0) {
      const heldFrom = now();
      await sleep(delayMs, request.signal);
      visit.heldMs = now() - heldFrom;
    }
    return faults.down ? problem(503, "down", "the node is down, by a fault that was set") : undefined;
  }

  function failAtRandom(): Reply | undefined {
    if (faults.errorRate === 0 || random() >= faults.errorRate) return undefined;
    return problem(500, "injected-error", "the node fails this request, by a fault that was set");
  }

  async function answerSlowly(request: RoutedRequest): Promise<Reply> {
    const ms = readQueryInteger(request.query, "ms", 0, 0, MAX_SLOW_MS);
    if (!ms.ok) return ms.error;
    await sleep(ms.value, request.signal);
    return json(200, { ...identity, ms: ms.value });
  }

  function answerStatus(request: RoutedRequest): Reply {
    const status = readInteger(request.params.code ?? "", "code", 200, 599);
    if (!status.ok) return status.error;
    // These have no body by definition (RFC 9110, section 6.4.1).
    const empty = status.value === 204 || status.value === 205 || status.value === 304;
    return empty ? { status: status.value, headers: {}, body: null } : json(status.value, identity);
  }

  async function answer(request: NodeRequest, peer?: string): Promise<Reply> {
    const startedAt = now();
    const visit: Visit = { peer, heldMs: 0 };
    const reply: Reply = URL.canParse(request.url)
      ? await router.fetch(request as RoutedRequest, visit)
      : problem(400, "url-invalid", "the target and the Host make no URL");
    // The edges take this off what they measure, and hold the rest for the distance to the node.
    const ownMs = now() - startedAt - visit.heldMs;
    const headers = {
      ...reply.headers,
      "server-timing": `node;dur=${ownMs.toFixed(1)}`,
      "x-region": region,
      "x-backend": backend,
    };
    return { ...reply, headers };
  }

  return { answer, fetch: async (request, peer) => toResponse(await answer(request, peer), request.method) };
}

function inviteWebSocket(request: NodeRequest): Reply {
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return { status: 101, headers: {}, body: null };
  return problem(426, "upgrade-required", "this path speaks WebSocket", { upgrade: "websocket" });
}
