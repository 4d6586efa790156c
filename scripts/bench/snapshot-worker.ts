import { routingTable } from "../../durable-objects/stubs.ts";
import { atOnce, inSlices, type Sliced } from "../../src/base/sliced.ts";
import { advanceSnapshot, advanceTable } from "../../src/table/advance.ts";
import { FRAME_VERSION } from "../../src/table/frame.ts";
import { compileSnapshot, type Snapshot } from "../../src/table/snapshot.ts";
import type { Scope } from "../../src/table/update.ts";
import { decodeUpdate } from "../../src/table/update-codec.ts";
import { voteReportSchema } from "../../src/table/verdict.ts";
import { createEdgeApp } from "../../workers/edge/app.ts";
import { edgeDeps } from "../../workers/edge/deps.ts";
import type { Env } from "../../workers/env.ts";
import { pause } from "../../workers/pause.ts";

export * from "../../workers/objects.ts";

let app: ReturnType<typeof createEdgeApp> | null = null;

/** The deployed edge. The bench asks it for its health, which is also what makes it refresh. */
export const edge = {
  fetch: (request, env, context) => {
    app ??= createEdgeApp(edgeDeps(env));
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;

/**
 * What it costs this isolate to make the table ready: `/whole` in slices, as the edge does it, `/delta?have=…` from the
 * table that it made ready last, which must be of that epoch, and `/at-once` as it once did.
 */
export const parsing = {
  fetch: async (request, env) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/at-once") return Response.json(await parseAtOnce(env));
    const have = searchParams.get("have");
    return Response.json(await parseSliced(env, have === null ? null : Number(have)));
  },
} satisfies ExportedHandler<Env>;

/**
 * `POST` applies a patch to the table; `POST /report` has a vote on each backend named; `GET /?scope=…&have=…` tells
 * the bytes of the table's reply.
 */
export const setup = {
  fetch: async (request, env) => {
    if (new URL(request.url).pathname === "/report") {
      const backends = Object.keys(await request.json<object>());
      await routingTable(env).report(backends.map((backend) => voteReportSchema.parse({ backend, vote })));
      return Response.json({ epoch: (await routingTable(env).status()).epoch });
    }
    if (request.method === "POST") {
      const options = { actor: { principal: "bench", requestId: "bench" }, summary: "bench", ifEpoch: null };
      const applied = await routingTable(env).apply(await request.json(), options);
      return Response.json(applied.ok ? { epoch: applied.value.epoch } : applied, { status: applied.ok ? 200 : 500 });
    }
    const { searchParams } = new URL(request.url);
    const have = searchParams.get("have");
    const reply = await ask(
      env,
      (searchParams.get("scope") ?? "routing") as Scope,
      have === null ? null : Number(have),
    );
    return Response.json({ bytes: reply.encoded.length });
  },
} satisfies ExportedHandler<Env>;

const load = { cpu: 0.25, memory: 0.5, disk: 0.125, network: 0.0625, inFlight: 0.03125 };
const vote = {
  status: "up",
  since: 1_700_000_000_000,
  recoveredAt: null,
  checkedAt: 1_700_000_000_000,
  latencyMs: 1.25,
  load,
  vantage: "weur",
  detail: "200",
};

async function ask(env: Env, scope: Scope, have: number | null) {
  const reply = await routingTable(env).snapshot({ reads: [FRAME_VERSION], scope, have });
  if (reply.kind === "refused" || reply.kind === "unchanged") throw new Error(reply.kind);
  return reply;
}

let ready: Snapshot | null = null;

async function parseSliced(env: Env, have: number | null): Promise<object> {
  const { encoded } = await ask(env, "routing", have);
  let longestMs = 0;
  const startedAt = performance.now();
  let resumedAt = startedAt;
  const endBlock = () => {
    longestMs = Math.max(longestMs, performance.now() - resumedAt);
  };
  ready = await inSlices(makeReady(have === null ? null : ready, encoded), async () => {
    endBlock();
    await pause();
    resumedAt = performance.now();
  });
  endBlock();
  return { totalMs: performance.now() - startedAt, longestMs, networks: ready.blacklist.size, epoch: ready.epoch };
}

function* makeReady(held: Snapshot | null, encoded: Uint8Array): Sliced<Snapshot> {
  const update = yield* decodeUpdate(encoded);
  const next = update.ok ? yield* advanceSnapshot(held, update.value) : update;
  if (!next.ok) throw new Error(next.error);
  return next.value;
}

/** All of it as JSON, each rule checked by its schema and compiled, at once. */
async function parseAtOnce(env: Env): Promise<object> {
  const { encoded } = await ask(env, "rules", null);
  const startedAt = performance.now();
  const update = atOnce(decodeUpdate(encoded));
  const table = update.ok ? advanceTable(null, update.value, "rules") : update;
  if (!table.ok) throw new Error(table.error);
  const { size: networks } = compileSnapshot(table.value).blacklist;
  const totalMs = performance.now() - startedAt;
  return { totalMs, longestMs: totalMs, networks, epoch: table.value.epoch };
}

// The bundler takes a file without a default export for an old service worker.
export default { fetch: () => new Response(null, { status: 404 }) };
