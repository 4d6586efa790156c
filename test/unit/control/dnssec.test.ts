import { beforeEach, describe, expect, it } from "vitest";
import type { KeptKey } from "../../../src/dns/dnssec/key-store.ts";
import type { Name } from "../../../src/dns/name.ts";
import { createWorld, type World } from "./world.ts";

const ZONE = "/dns/zones/novacron.io/dnssec";
const HOUR = 3_600_000;

let world: World;
beforeEach(async () => {
  world = await createWorld();
  const zone = { primary: "ns1.novacron.io", contact: "hostmaster.novacron.io" };
  const made = await world.call("POST", "/dns/zones", { body: { id: "novacron.io", ...zone } });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
});

const show = async () => (await world.call("GET", ZONE)).body;
const states = async () =>
  (await show()).keys.map(({ role, state }: { role: string; state: string }) => `${role} ${state}`);

/** A zone whose DS the parent has. */
async function established(): Promise<void> {
  await world.call("PUT", ZONE);
  const [{ tag, dueAt }] = (await show()).ds;
  world.clock.now = Date.parse(dueAt);
  const seen = await world.call("POST", `${ZONE}/ds`, { body: { tag } });
  expect(seen.status).toBe(200);
}

describe("a zone", () => {
  it("is not signed until somebody has it signed, and then shows the DS for its parent", async () => {
    expect(await show()).toEqual({ zone: "novacron.io", isSigned: false, keys: [], ds: [] });
    const { status, body } = await world.call("PUT", ZONE);
    expect(status).toBe(200);
    expect(await states()).toEqual(["ksk active", "zsk active"]);
    const [ds] = body.ds;
    expect(ds).toMatchObject({ tag: body.keys[0].tag, seenAt: null, isWanted: false });
    expect(ds.record).toMatch(new RegExp(`^novacron\\.io\\. 86400 IN DS ${ds.tag} 13 2 [0-9A-F]{64}$`));
    world.clock.now = Date.parse(ds.dueAt);
    expect((await show()).ds[0].isWanted).toBe(true);
    expect((await world.call("PUT", ZONE)).body.keys).toHaveLength(2);
  });

  it("rolls its ZSK over by the clock alone", async () => {
    await established();
    const plan = await world.call("POST", `${ZONE}/rollover/plan`, { body: { role: "zsk" } });
    expect(plan.body.phases.map(({ kind }: { kind: string }) => kind)).toEqual(["publish", "sign", "remove"]);
    expect(await states()).toEqual(["ksk active", "zsk active"]);
    expect((await world.call("POST", `${ZONE}/rollover`, { body: { role: "zsk" } })).status).toBe(200);
    expect(await states()).toEqual(["ksk active", "zsk active", "zsk published"]);
    const again = await world.call("POST", `${ZONE}/rollover`, { body: { role: "zsk" } });
    expect([again.status, again.body.type]).toEqual([409, "/problems/keys-refused"]);
    expect(again.body.detail).toBe(`a rollover is under way until ${plan.body.phases[2].at}`);
    world.clock.now = Date.parse(plan.body.phases[1].at);
    expect(await states()).toEqual(["ksk active", "zsk retired", "zsk active"]);
    world.clock.now = Date.parse(plan.body.phases[2].at);
    expect(await states()).toEqual(["ksk active", "zsk active"]);
  });

  it("rolls its KSK over when somebody has seen the new DS", async () => {
    await established();
    await world.call("POST", `${ZONE}/rollover`, { body: { role: "ksk" } });
    const [old, next] = (await show()).ds;
    expect([old.isWanted, next.isWanted]).toEqual([true, false]);
    const early = await world.call("POST", `${ZONE}/ds`, { body: { tag: next.tag } });
    expect([early.status, early.body.detail]).toEqual([409, `caches may lack the key until ${next.dueAt}`]);
    world.clock.now = Date.parse(next.dueAt);
    expect((await show()).ds.map(({ isWanted }: { isWanted: boolean }) => isWanted)).toEqual([false, true]);
    await world.call("POST", `${ZONE}/ds`, { body: { tag: next.tag } });
    expect(await states()).toEqual(["ksk active", "zsk active", "ksk active"]);
    world.clock.now += 25 * HOUR;
    expect(await states()).toEqual(["zsk active", "ksk active"]);
  });

  it("goes back to no signatures when its parent has no DS, and no cache either", async () => {
    await established();
    expect((await world.call("DELETE", ZONE, { body: {} })).status).toBe(422);
    expect((await world.call("DELETE", ZONE, { body: { isDsGone: true } })).body).toMatchObject({
      isSigned: true,
      ds: [],
    });
    expect((await world.call("PUT", ZONE)).body.detail).toContain("still in caches");
    world.clock.now += 25 * HOUR;
    expect(await show()).toMatchObject({ isSigned: false, keys: [] });
    expect((await world.call("PUT", ZONE)).body.keys).toHaveLength(2);
  });
});

describe("the validation of a name", () => {
  const finding = async () => {
    const { body } = await world.call("POST", "/dns/validate", { body: { domain: "www.novacron.io" } });
    const { status, detail } = body.findings.find(({ check }: { check: string }) => check === "dnssec");
    return `${status}: ${detail}`;
  };
  beforeEach(async () => {
    const set = { name: "www.novacron.io", type: "A", values: ["192.0.2.1"] };
    expect((await world.call("POST", "/dns/zones/novacron.io/records", { body: set })).status).toBe(201);
  });

  it("follows its chain of trust, and says what the parent has to have", async () => {
    expect(await finding()).toBe("ok: the zone is not signed");
    await world.call("PUT", ZONE);
    expect(await finding()).toBe("ok: the chain holds; the parent must have no DS yet");
    const [{ tag, dueAt }] = (await show()).ds;
    world.clock.now = Date.parse(dueAt);
    expect(await finding()).toBe(`warning: the chain holds; nobody has said that the parent has the DS ${tag}`);
    await world.call("POST", `${ZONE}/ds`, { body: { tag } });
    expect(await finding()).toBe(`ok: the chain holds from the DS ${tag}, which the parent must have`);
  });

  it("follows it to what the DNS plane answers", async () => {
    const served = async () => {
      const { body } = await world.call("POST", "/dns/validate", { body: { domain: "www.novacron.io" } });
      const findings = body.findings.filter(({ check }: { check: string }) => check === "dnssec");
      return findings.slice(1).map(({ status, detail }: Record<string, string>) => `${status}: ${detail}`);
    };
    expect(await served()).toEqual([]);
    await established();
    expect(await served()).toEqual(["ok: the chain holds to what the DNS plane answers"]);
    // Within the signature before the OPT record of 19 bytes.
    world.served.change = (bytes) => bytes.with(-40, (bytes.at(-40) ?? 0) ^ 1);
    expect(await served()).toEqual([
      "failed: of what the DNS plane answers, the keys are not signed by one that the parent knows: wrong-signature",
    ]);
    world.served.change = () => new Uint8Array();
    expect(await served()).toEqual(["failed: the DNS plane does not answer"]);
  });

  it("fails where a key is not the one that is written, or does not open, or none signs", async () => {
    await established();
    const kept = await world.keys.find("novacron.io" as Name);
    const [ksk, zsk] = kept.keys as [KeptKey, KeptKey];
    const damage = async (...keys: readonly KeptKey[]) => world.keys.replace(await world.keys.find(kept.zone), keys);
    await damage(ksk, { ...zsk, publicKey: ksk.publicKey });
    expect(await finding()).toBe("failed: the signature of novacron.io does not hold: no-such-key");
    await damage(ksk, { ...zsk, sealed: ksk.sealed });
    expect(await finding()).toBe("failed: DNSSEC_KEY does not open the keys of the zone");
    await damage(zsk);
    expect(await finding()).toBe("failed: no key of the zone can be pointed at by its parent");
    await damage(ksk);
    expect(await finding()).toBe("failed: the signature of novacron.io does not hold: unsigned");
    world.keys.unreachable = true;
    expect(await finding()).toBe("unchecked: the record of keys cannot be reached");
  });
});

describe("refusals", () => {
  it.each([
    ["GET", "", undefined],
    ["PUT", "", undefined],
    ["DELETE", "", { isDsGone: true }],
    ["POST", "/rollover/plan", { role: "zsk" }],
    ["POST", "/rollover", { role: "ksk" }],
    ["POST", "/ds", { tag: 1 }],
  ])("%s %s of a zone that is not there", async (method, path, body) => {
    const { status } = await world.call(method, `/dns/zones/example.com/dnssec${path}`, { body });
    expect(status).toBe(404);
  });

  it("what is not signed is not rolled over, nor what its parent does not know", async () => {
    const plan = () => world.call("POST", `${ZONE}/rollover/plan`, { body: { role: "ksk" } });
    expect((await plan()).body.detail).toBe("the zone is not signed");
    await world.call("PUT", ZONE);
    expect((await plan()).body.detail).toBe("nobody has said that the parent has the DS of its key");
    expect((await world.call("POST", `${ZONE}/ds`, { body: { tag: 0 } })).status).toBe(409);
  });

  it("changes need a second factor that was just used, and nothing changes without", async () => {
    const token = await world.admit({ name: "ann", roles: ["admin"], secondFactorAgeMs: null });
    expect((await world.call("PUT", ZONE, { token })).status).toBe(401);
    expect((await show()).keys).toEqual([]);
  });

  it("a record of keys that cannot be reached is 503, and a deployment without a secret 501", async () => {
    world.keys.unreachable = true;
    expect((await world.call("PUT", ZONE)).status).toBe(503);
    world = await createWorld({ dnssec: null });
    await world.call("POST", "/dns/zones", {
      body: { id: "novacron.io", primary: "ns1.novacron.io", contact: "hostmaster.novacron.io" },
    });
    expect((await world.call("GET", ZONE)).status).toBe(501);
  });
});

it("what is recorded and shown has nothing of a private key", async () => {
  await established();
  const [kept] = await world.keys.all();
  const shown = JSON.stringify([await show(), world.audit]);
  for (const { sealed } of kept?.keys ?? []) expect(shown).not.toContain(Buffer.from(sealed).toString("base64"));
});
