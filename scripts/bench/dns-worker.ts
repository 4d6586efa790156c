import { routingTable } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { decodeQuery } from "../../src/dns/decode-query.ts";
import { encodeResponse, MAX_MESSAGE_BYTES } from "../../src/dns/encode-response.ts";
import type { Name } from "../../src/dns/name.ts";
import { nowhere } from "../../src/geo/place.ts";
import { createDnsApp } from "../../workers/dns/app.ts";
import { dnsDeps } from "../../workers/dns/deps.ts";
import { NameServer } from "../../workers/dns/name-server.ts";
import type { Env } from "../../workers/env.ts";
import { zoneKeys } from "../../workers/zone-keys.ts";
import { queryBytes } from "./dns-query.ts";

export * from "../../workers/objects.ts";

type BenchEnv = Env & { readonly ORIGIN: string };

const QUERIES = 1024;
const MISSING = 16;
/** An answer with a signature is longer. */
const SIGNATURE_BYTES = 100;

let app: ReturnType<typeof createDnsApp> | null = null;
let server: NameServer | null = null;
let signing: NameServer | null = null;
/** Names that were denied so far: no signature is of use twice. */
let denied = 0;

/** The DNS plane as it is deployed. */
export const dns = {
  fetch: (request, env, context) => {
    app ??= createDnsApp(dnsDeps(env));
    return app.fetch(request, undefined, context);
  },
} satisfies ExportedHandler<BenchEnv>;

/** The baseline: a Worker that only forwards. */
export const bare = {
  fetch: (request, env) => fetch(env.ORIGIN + request.url.slice(request.url.indexOf("/", "https://".length)), request),
} satisfies ExportedHandler<BenchEnv>;

/** `?count=`: answers so many queries, bytes in and bytes out, and tells how many were good. */
export const answers = {
  fetch: async (request, env, context) => {
    const count = Number(new URL(request.url).searchParams.get("count"));
    server ??= new NameServer(dnsDeps(env));
    const authority = await server.authority((work) => context.waitUntil(work));
    if (authority === null) return new Response("no table", { status: 503 });
    const queries = makeQueries();
    let good = 0;
    for (let i = 0; i < count; i++) {
      const query = decodeQuery(queries[i % QUERIES] as Uint8Array);
      if (!query.ok) continue;
      const { response } = server.tell(authority, query.value, nowhere);
      if (encodeResponse(response, { maxBytes: MAX_MESSAGE_BYTES }).length > 0) good += 1;
    }
    return Response.json({ good });
  },
} satisfies ExportedHandler<BenchEnv>;

/**
 * `?count=&kind=`: the same with signatures. `kept` asks for what has been signed before, `made` for names that are not
 * there, each of which is denied by a signature of its own.
 */
export const signatures = {
  fetch: async (request, env, context) => {
    const { searchParams } = new URL(request.url);
    const count = Number(searchParams.get("count"));
    signing ??= await signingServer(env);
    const background = (work: Promise<unknown>) => context.waitUntil(work);
    const authority = await signing.authority(background);
    if (authority === null) return new Response("no table", { status: 503 });
    let good = 0;
    for (let i = 0; i < count; i++) {
      const name = searchParams.get("kind") === "made" ? `x${++denied}.novacron.io` : "ns1.novacron.io";
      const query = decodeQuery(queryBytes(name, 1, [91, 0, 0], true));
      if (!query.ok) continue;
      const { response } = await signing.sign(signing.tell(authority, query.value, nowhere), background);
      const bytes = encodeResponse(response, { maxBytes: MAX_MESSAGE_BYTES });
      if (bytes.length > SIGNATURE_BYTES && response.rcode === 0) good += 1;
    }
    return Response.json({ good });
  },
} satisfies ExportedHandler<BenchEnv>;

/** A name server whose zone is signed by keys that only it has. */
async function signingServer(env: Env): Promise<NameServer> {
  const deps = dnsDeps(env);
  const zone = "novacron.io" as Name;
  const keys = zoneKeys(env.ADMIN_TOKEN);
  const times = { publishedAt: 0, activeAt: 0, dsDueAt: null, dsSeenAt: null, retiredAt: null, removedAt: null };
  const own = { zone, generation: 1, keys: [{ ...(await keys.make(zone, "zsk")), ...times }] };
  return new NameServer({ ...deps, signing: { ...deps.signing, store: { all: async () => [own] }, keys } });
}

/** The bench's own door: applies a patch to the table. */
export const setup = {
  fetch: async (request, env) => {
    const options = { actor: { principal: "bench", requestId: "bench" }, summary: "bench", ifEpoch: null };
    return Response.json(await routingTable(env).apply(await request.json(), options));
  },
} satisfies ExportedHandler<BenchEnv>;

/** Half of them steered, by clients all over the world; some for names that are not there, which none is alike. */
function makeQueries(): Uint8Array[] {
  const random = new Random([1, 2, 3]);
  return Array.from({ length: QUERIES }, (_, i) => {
    const word = random.word();
    const network = [1 + ((word >>> 24) % 220), (word >>> 16) & 255, (word >>> 8) & 255] as const;
    if (i % MISSING === 0) return queryBytes(`x${word}.novacron.io`, 1, network);
    return queryBytes(i % 4 === 1 ? "ns1.novacron.io" : "api.novacron.io", i % 2 === 0 ? 1 : 28, network);
  });
}

// The bundler takes a file without a default export for an old service worker.
export default { fetch: () => new Response(null, { status: 404 }) };
