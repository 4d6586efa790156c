import {
  type ProbeReply,
  type ProbeRequest,
  type ProbeResult,
  type ProbeTarget,
  probeRequestSchema,
} from "../../src/latency-matrix/probe-message.ts";
import { serverTimeOf } from "../../src/routing/latency/sample.ts";
import { bears, type SameBytes } from "../bearer.ts";
import { readJsonBody } from "./json-body.ts";
import { isProxied } from "./proxied.ts";
import { json, type NodeRequest, problem, type Reply, wrongMethod } from "./reply.ts";

export const MAX_PROBE_BODY_BYTES = 65_536;
/** The answer of a target to a check of its health; one that is longer is not read to its end. */
const MAX_HEALTH_BYTES = 16_384;
/** More at a time would wait for each other in this process, and that would be measured. */
const MAX_CONCURRENT_TARGETS = 16;
/** A target that has not answered so often in a row is given up: it would take its timeout again and again. */
const MAX_FAILURES_IN_A_ROW = 3;
/** No request begins later than this. What has been measured until then is the answer. */
const MAX_TOTAL_MS = 6000;

/** What a node needs to measure its paths to others. */
export interface Probing {
  /** Who bears it may ask: the node makes requests on behalf of whoever that is. */
  readonly token: string;
  readonly sameBytes: SameBytes;
  readonly fetch: (url: string, init: ProbeInit) => Promise<Response>;
}

interface ProbeInit {
  readonly headers: Record<string, string>;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** Answers `/probe`. `now` is in monotonic milliseconds. */
export async function probe(request: NodeRequest, probing: Probing | null, now: () => number): Promise<Reply> {
  const mayAsk =
    probing !== null &&
    !isProxied(request) &&
    (await bears(request.headers.get("authorization"), probing.token, probing.sameBytes));
  if (!mayAsk) return problem(403, "probe-forbidden", "probes are for who bears the node's token and asks it directly");
  if (request.method !== "POST") return wrongMethod(request.method, "POST");
  const order = await readJsonBody(request, probeRequestSchema, MAX_PROBE_BODY_BYTES, "probe-invalid");
  if (!order.ok) return order.error;
  const results = await measureAll(order.value, { fetch: probing.fetch, now, signal: request.signal });
  return json(200, { results } satisfies ProbeReply);
}

interface Means {
  readonly fetch: Probing["fetch"];
  readonly now: () => number;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

async function measureAll(order: ProbeRequest, means: Means): Promise<ProbeResult[]> {
  const deadline = means.now() + MAX_TOTAL_MS;
  const results: ProbeResult[] = [];
  const queue = order.targets.entries();
  const drain = async () => {
    for (const [i, target] of queue) results[i] = await measure(target, order, means, deadline);
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_TARGETS }, drain));
  return results;
}

/**
 * Requests to one target, one after the other. The first answer, and the first after a loss, only shows that the
 * connection is open: its time includes that of opening one. So where much is lost, the part that is lost looks larger.
 */
async function measure(target: ProbeTarget, order: ProbeRequest, means: Means, deadline: number): Promise<ProbeResult> {
  const samples: number[] = [];
  let lost = 0;
  let inARow = 0;
  let isOpen = false;
  let error: string | undefined;
  while (samples.length + lost < order.count && inARow < MAX_FAILURES_IN_A_ROW && means.now() < deadline) {
    const trip = await roundTrip(target, order, means);
    if (trip.kind === "lost") {
      lost += 1;
      inARow += 1;
      error = trip.error;
    } else {
      inARow = 0;
      if (isOpen) samples.push(trip.ms);
    }
    isOpen = trip.kind === "answered";
  }
  return { region: target.region, samples, lost, ...(error === undefined ? {} : { error }) };
}

type Trip = { readonly kind: "answered"; readonly ms: number } | { readonly kind: "lost"; readonly error: string };

async function roundTrip({ url, healthPath }: ProbeTarget, order: ProbeRequest, means: Means): Promise<Trip> {
  const startedAt = means.now();
  try {
    const response = await means.fetch(url + healthPath, {
      headers: {
        "user-agent": "novacron-probe/1",
        ...(order.colo === undefined ? {} : { "x-novacron-colo": order.colo }),
      },
      redirect: "manual",
      signal: AbortSignal.any([means.signal, AbortSignal.timeout(order.timeoutMs)]),
    });
    const ms = toMicros(means.now() - startedAt - serverTimeOf(response.headers.get("server-timing")));
    await readOut(response);
    if (!response.ok) return { kind: "lost", error: `status ${response.status}` };
    return ms > 0 ? { kind: "answered", ms } : { kind: "lost", error: "took longer itself than the round trip" };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { kind: "lost", error: timedOut ? `timed out after ${order.timeoutMs} ms` : "connection failed" };
  }
}

/** To whole microseconds: more digits are noise, and are kept a hundred times for each pair. */
const toMicros = (ms: number) => Math.round(ms * 1000) / 1000;

/** A connection can be used again once its answer has been read. */
async function readOut(response: Response): Promise<void> {
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > MAX_HEALTH_BYTES) return;
  }
}
