import { beforeEach, expect, it } from "vitest";
import type { Name } from "../../../src/dns/name.ts";
import { zoneKeys } from "../../../workers/zone-keys.ts";
import { createWorld, DNSSEC_KEY } from "./world.ts";

const zone = "novacron.io" as Name;

let world: Awaited<ReturnType<typeof createWorld>>;
beforeEach(async () => {
  world = await createWorld();
  const { now } = world.clock;
  const keys = zoneKeys(DNSSEC_KEY);
  const times = { publishedAt: now, activeAt: now, dsDueAt: now, dsSeenAt: now, retiredAt: null, removedAt: null };
  const [ksk, zsk] = await Promise.all([keys.make(zone, "ksk"), keys.make(zone, "zsk")]);
  await world.keys.replace(await world.keys.find(zone), [
    { ...ksk, ...times },
    { ...zsk, ...times, dsDueAt: null, dsSeenAt: null },
  ]);
});

const ask = async (query: string) => (await world.fetch(`/resolve?${query}`)).json() as Promise<Answer>;

interface Answer {
  readonly Status: number;
  readonly Answer?: readonly { readonly type: number; readonly data: string }[];
  readonly Authority?: readonly { readonly type: number; readonly data: string }[];
}

it("an answer comes with its signature to who asks for it", async () => {
  const types = async (query: string) => new Set((await ask(query)).Answer?.map(({ type }) => type));
  expect(await types("name=api.novacron.io&type=A")).toEqual(new Set([1]));
  expect(await types("name=api.novacron.io&type=A&do=1")).toEqual(new Set([1, 46]));
  expect(await types("name=novacron.io&type=DNSKEY")).toEqual(new Set([48]));
});

it("a name that is not there is denied at the name", async () => {
  const { Status, Authority } = await ask("name=no.novacron.io&type=A&do=1");
  expect(Status).toBe(0);
  expect(Authority?.map(({ type }) => type)).toEqual([6, 46, 47, 46]);
  expect((await ask("name=no.novacron.io&type=A")).Status).toBe(3);
});

it("fails, and is kept by nobody, while the keys cannot be read", async () => {
  world.keys.unreachable = true;
  const response = await world.fetch("/resolve?name=api.novacron.io&type=A&do=1");
  expect([((await response.json()) as Answer).Status, response.headers.get("Cache-Control")]).toEqual([2, "no-store"]);
  expect((await ask("name=api.novacron.io&type=A")).Status).toBe(0);
});
