import { webDnssecCrypto } from "../../../src/adapters/web-crypto/dnssec.ts";
import type { Ip } from "../../../src/base/ip.ts";
import { Random } from "../../../src/base/random.ts";
import type { AnswerJson, RecordJson } from "../../../src/geodns/answer-json.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import { seedZone } from "../../../src/seed/zone.ts";
import { createDnsApp } from "../../../workers/dns/app.ts";
import { zoneKeys } from "../../../workers/zone-keys.ts";
import { FakeColoCache } from "../../fakes/colo-cache.ts";
import { FakeKeyStore } from "../../fakes/key-store.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";

/** Seals the keys of zones. */
export const DNSSEC_KEY = "d".repeat(32);

const NOW = Date.UTC(2100, 0, 1);

const backends = {
  "use1-a": { region: "us-east-1", url: "http://127.0.0.1:9001" },
  "euc1-a": { region: "eu-central-1", url: "http://127.0.0.1:9002" },
  "aps1-a": { region: "ap-south-1", url: "http://127.0.0.1:9003" },
};

/** Networks of documentation as if they were in some country. */
const countries: readonly (readonly [prefix: string, country: string])[] = [
  ["192.0.2.", "US"],
  ["198.51.100.", "DE"],
  ["203.0.113.", "IN"],
  ["2001:db8:de:", "DE"],
];

export const countryByIp = ({ text }: Ip): string | null =>
  countries.find(([prefix]) => text.startsWith(prefix))?.[1] ?? null;

interface Answered {
  /** Tests that look into it expect one. */
  readonly Answer: readonly [RecordJson, ...RecordJson[]];
}

/** The DNS plane over the seed of three regions, whose clock moves only when it is told to. */
export async function createWorld({ isReachable = true } = {}) {
  const clock = { now: NOW };
  const table = new FakeRoutingTable(() => clock.now);
  const keys = new FakeKeyStore();
  const background: Promise<unknown>[] = [];
  const app = createDnsApp({
    table: () => table,
    coloCache: new FakeColoCache(() => clock.now),
    now: () => clock.now,
    pause: async () => undefined,
    random: new Random([1, 2, 3]),
    countryByIp,
    signing: { store: keys, keys: zoneKeys(DNSSEC_KEY), crypto: webDnssecCrypto, log: () => undefined },
  });
  const context = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException: () => undefined,
    props: {},
  };
  const apply = async (patch: Record<string, Record<string, unknown>>) => {
    const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
    const applied = await table.apply(patch, options);
    if (!applied.ok) throw new Error(JSON.stringify(applied.error, null, 2));
    return applied.value;
  };
  const fetch = async (path: string, init?: RequestInit): Promise<Response> =>
    app.fetch(new Request(`http://dns.test${path}`, init), undefined, context);
  await apply({ ...seedTable(backends), ...seedZone(["us-east-1", "eu-central-1", "ap-south-1"]) });
  table.unreachable = !isReachable;
  return {
    table,
    keys,
    clock,
    fetch,
    apply,
    /** The JSON that answers a question. */
    resolve: async (name: string, type: string, subnet?: string): Promise<AnswerJson & Answered> => {
      const query = new URLSearchParams({ name, type, ...(subnet ? { edns_client_subnet: subnet } : {}) });
      return (await (await fetch(`/resolve?${query}`)).json()) as AnswerJson & Answered;
    },
    /** Lets the app notice what has changed since. */
    catchUp: async () => {
      clock.now += 1000;
      await fetch("/.well-known/novacron/health");
      await Promise.all(background.splice(0));
    },
  };
}
