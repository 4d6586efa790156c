import { beforeEach, describe, expect, it } from "vitest";
import type { RegionId } from "../../../src/table/region.ts";
import { saidDown } from "../../fakes/world.ts";
import { createWorld, frankfurt, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ countryByIp: ({ text }) => (text.startsWith("192.0.2.") ? "US" : null) });
});

const zone = { id: "example.org", primary: "ns1.example.org", contact: "hostmaster.example.org" };
const RECORDS = "/dns/zones/example.org/records";
const make = (name: string, type: string, fields: object) =>
  world.call("POST", RECORDS, { body: { name, type, ...fields } });
const steered = {
  policy: {
    kind: "failover",
    service: "api",
    order: ["us-east-1", "us-west-2"],
    targets: {
      "us-east-1": { values: ["192.0.2.1"] },
      "us-west-2": { values: ["192.0.2.2"] },
    },
  },
};

async function fill(): Promise<void> {
  await world.call("POST", "/dns/zones", { body: zone });
  await make("ns1.example.org", "A", { values: ["192.0.2.53"] });
  await make("example.org", "NS", { values: ["ns1.example.org."] });
  await make("www.example.org", "A", steered);
}

describe("a zone", () => {
  it("is created, shown, changed and deleted, and its serial goes up by itself", async () => {
    const created = await world.call("POST", "/dns/zones", { body: zone });
    expect([created.status, created.headers.get("Location")]).toEqual([201, "/api/v1/dns/zones/example.org"]);
    expect(created.body).toMatchObject({ ...zone, serial: 1, ttlSeconds: 300 });
    const changed = await world.call("PATCH", "/dns/zones/example.org", { body: { ttlSeconds: 60 } });
    expect(changed.body).toMatchObject({ ttlSeconds: 60, serial: 2 });
    expect((await world.call("GET", "/dns/zones")).body.items).toEqual([changed.body]);
    expect((await world.call("DELETE", "/dns/zones/example.org")).status).toBe(204);
  });

  it("is not deleted under its record sets", async () => {
    await fill();
    const { status, body } = await world.call("DELETE", "/dns/zones/example.org");
    expect([status, body.type]).toEqual([409, "/problems/in-use"]);
  });
});

describe("record sets", () => {
  beforeEach(fill);

  it("are created, shown, replaced and deleted under the table's epoch", async () => {
    const created = await make("mail.example.org", "AAAA", { values: ["2001:db8::1"], ttlSeconds: 60 });
    expect(created.status).toBe(201);
    const path = `${RECORDS}/mail.example.org/AAAA`;
    expect(created.headers.get("Location")).toBe(`/api/v1${path}`);
    const shown = await world.call("GET", path);
    expect([shown.body, shown.headers.get("ETag")]).toEqual([created.body, created.headers.get("ETag")]);
    const stale = await world.call("PUT", path, { body: { values: ["2001:db8::2"] }, headers: { "If-Match": '"1"' } });
    expect(stale.status).toBe(412);
    const replaced = await world.call("PUT", path, { body: { values: ["2001:db8::2"] } });
    expect(replaced.body).toMatchObject({ ttlSeconds: null, values: ["2001:db8::2"], policy: null });
    expect((await world.call("DELETE", path)).status).toBe(204);
    expect((await world.call("GET", path)).status).toBe(404);
  });

  it("may become steered, and plain again", async () => {
    const path = `${RECORDS}/www.example.org/A`;
    const plain = await world.call("PUT", path, { body: { values: ["192.0.2.9"] } });
    expect(plain.body).toMatchObject({ values: ["192.0.2.9"], policy: null });
    const again = await world.call("PUT", path, { body: steered });
    expect(again.body).toMatchObject({ values: null, policy: { kind: "failover" } });
  });

  it("are listed a page at a time, those of their own zone alone", async () => {
    await world.call("POST", "/dns/zones", { body: { ...zone, id: "sub.example.org" } });
    const first = await world.call("GET", `${RECORDS}?limit=2`);
    const rest = await world.call("GET", `${RECORDS}?limit=2&cursor=${first.body.cursor}`);
    const names = [...first.body.items, ...rest.body.items].map(({ name, type }) => `${name}/${type}`);
    expect(names).toEqual(["example.org/NS", "ns1.example.org/A", "www.example.org/A"]);
    expect(rest.body.cursor).toBeUndefined();
    expect((await world.call("GET", "/dns/zones/sub.example.org/records")).body.items).toEqual([]);
  });

  it.each<[string, string, string, object, number, string]>([
    ["one that exists", "www.example.org", "A", { values: ["192.0.2.1"] }, 409, "/problems/exists"],
    ["another zone's", "www.example.com", "A", { values: ["192.0.2.1"] }, 422, "/problems/invalid"],
    ["a value that is none", "new.example.org", "A", { values: ["192.0.2"] }, 422, "/problems/objections"],
    ["a type that is none", "new.example.org", "MOON", { values: ["x"] }, 422, "/problems/invalid"],
    ["neither values nor a policy", "new.example.org", "A", {}, 422, "/problems/invalid"],
  ])("are refused: %s", async (_name, name, type, fields, status, problem) => {
    const before = await world.state();
    const reply = await make(name, type, fields);
    expect([reply.status, reply.body.type]).toEqual([status, problem]);
    expect(await world.state()).toBe(before);
  });

  it("say which value is wrong", async () => {
    const { body } = await make("new.example.org", "MX", { values: ["10 mail.example.org.", "mail.example.org."] });
    expect(body.errors).toEqual([{ code: "invalid", path: "/values/1", detail: expect.stringContaining("column") }]);
  });
});

describe("a zone file", () => {
  beforeEach(fill);
  const zoneFile = "@ SOA ns1 hostmaster 9 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.54\nmail A 192.0.2.25\n";
  const IMPORT = "/dns/zones/example.org/import";

  it("is planned, then imported, and exported as it came", async () => {
    const before = await world.state();
    const planned = await world.call("POST", `${IMPORT}/plan`, { body: { zoneFile } });
    expect(planned.body.changes.map(({ id }: { id: string }) => id).sort()).toEqual([
      ...["example.org", "mail.example.org/A", "ns1.example.org/A"],
    ]);
    expect(await world.state()).toBe(before);
    expect((await world.call("POST", IMPORT, { body: { zoneFile } })).body.changes).toEqual(planned.body.changes);
    const exported = await world.call("GET", "/dns/zones/example.org/export");
    expect(exported.body.zoneFile).toContain("mail 300 IN A 192.0.2.25");
    const again = await world.call("POST", IMPORT, { body: { zoneFile: exported.body.zoneFile, replace: true } });
    expect(again.body.changes).toEqual([]);
  });

  it("is refused with the lines that are wrong", async () => {
    const { status, body } = await world.call("POST", IMPORT, { body: { zoneFile: `${zoneFile}bad A 1.2\n` } });
    expect(status).toBe(422);
    expect(body.errors).toEqual([{ path: "/zoneFile", detail: expect.stringMatching(/^line 5, column \d+: /) }]);
  });
});

describe("answers", () => {
  beforeEach(fill);
  const query = async (text: string) => (await world.call("GET", `/dns/query?${text}`)).body;

  it("are what the DNS says, with the target that was chosen", async () => {
    expect(await query("name=www.example.org&subnet=192.0.2.7")).toMatchObject({
      answer: { Status: 0, Answer: [{ name: "www.example.org.", type: 1, TTL: 300, data: "192.0.2.1" }] },
      steered: [{ id: "www.example.org/A", targets: ["targets/us-east-1"] }],
    });
    await world.table.report([saidDown("us-east-1-a")]);
    expect((await query("name=www.example.org")).answer.Answer[0].data).toBe("192.0.2.2");
  });

  it("are refused of what is no question", async () => {
    expect((await query("name=a..b")).errors).toEqual([{ path: "?name", detail: expect.any(String) }]);
    expect((await query("name=a.b&subnet=x")).errors).toEqual([{ path: "?subnet", detail: expect.any(String) }]);
  });

  it("are validated from where each region stands", async () => {
    const { body } = await world.call("POST", "/dns/validate", { body: { domain: "www.example.org" } });
    const statusOf = (check: string) => body.findings.find((each: { check: string }) => each.check === check).status;
    expect(body.answers.map(({ region, values }: { region: string; values: string[] }) => [region, ...values])).toEqual(
      [
        ["us-east-1", "192.0.2.1"],
        ["us-west-2", "192.0.2.1"],
      ],
    );
    // One name server alone.
    expect([statusOf("answers"), statusOf("delegation"), statusOf("ttl")]).toEqual(["ok", "warning", "ok"]);
  });

  it.each([
    ["nobody.example.org", "answers"],
    ["www.example.com", "zone"],
  ])("are found to be missing of %s", async (domain, check) => {
    const { body } = await world.call("POST", "/dns/validate", { body: { domain } });
    expect(body.findings).toContainEqual({ check, status: "failed", detail: expect.any(String) });
  });

  it("are found to be missing where all that they lead to is down", async () => {
    await world.table.report(["us-east-1-a", "us-west-2-a"].map(saidDown));
    const { body } = await world.call("POST", "/dns/validate", { body: { domain: "www.example.org" } });
    expect(body.findings).toContainEqual(expect.objectContaining({ check: "answers", status: "failed" }));
  });

  const findingsOf = async (domain: string): Promise<Record<string, string>> => {
    const { body } = await world.call("POST", "/dns/validate", { body: { domain } });
    return Object.fromEntries(
      body.findings.map(({ check, status, detail }: Record<string, string>) => [check, `${status}: ${detail}`]),
    );
  };

  it("are validated of names that others stand for", async () => {
    await make("example.org", "ALIAS", { values: ["www.example.org."] });
    await make("*.wild.example.org", "AAAA", { values: ["2001:db8::7"] });
    await make("cname.example.org", "CNAME", { values: ["elsewhere.test."] });
    expect((await findingsOf("example.org")).answers).toBe("ok: A: one answer over 2 regions");
    expect((await findingsOf("x.wild.example.org")).answers).toBe("ok: AAAA: one answer over 2 regions");
    expect((await findingsOf("cname.example.org")).answers).toBe("ok: AAAA: one answer over 2 regions");
  });

  it("are asked of the DNS plane too, which may tell something else", async () => {
    const says = async () => (await findingsOf("www.example.org")).served;
    expect(await says()).toBe("ok: the DNS plane answers all 4 questions as the table says");
    await make("new.example.org", "A", { values: ["192.0.2.9"] });
    // The DNS plane looks for what has changed once half a second is over.
    expect(await says()).toMatch(/^warning: the DNS plane answers from epoch \d+, the table is at \d+$/);
    world.clock.now += 10_000;
    await says();
    expect(await says()).toBe("ok: the DNS plane answers all 4 questions as the table says");
    const real = world.served.change;
    world.served.change = (bytes) => bytes.with(2, 0x80);
    expect(await says()).toMatch(/^failed: the DNS plane answers otherwise than the table: /);
    world.served.change = () => Uint8Array.of(1, 2, 3);
    expect(await says()).toBe("failed: the DNS plane does not answer 4 of 4");
    world.served.change = real;
  });

  it("say that the parent was not asked", async () => {
    const values = ["ns1.example.org.", "ns2.example.net."];
    await world.call("PUT", `${RECORDS}/example.org/NS`, { body: { values } });
    expect((await findingsOf("www.example.org")).delegation).toBe(
      "unchecked: ns1.example.org., ns2.example.net.; set DNS_RESOLVER to see whether its parent names the same",
    );
  });

  it("fail where they lead to a region whose traffic has been moved", async () => {
    // It fails open: where nothing else is there, the first choice is better than nobody.
    await make("only.example.org", "A", {
      policy: { kind: "failover", order: ["us-east-1"], targets: { "us-east-1": { values: ["192.0.2.1"] } } },
    });
    expect((await findingsOf("only.example.org")).answers).toMatch(/^ok/);
    const targets = [{ region: "us-west-2" as RegionId, share: 1 }];
    const next = { id: "f1", phase: "failed-over" as const, percent: 0, targets, since: 1 };
    await world.table.setFailover({ region: "us-east-1", next, expected: null });
    expect((await findingsOf("only.example.org")).answers).toBe(
      "failed: A: sent to a region that is down or failed over from us-east-1, us-west-2",
    );
    expect((await findingsOf("www.example.org")).answers).toBe("ok: A: one answer over 2 regions");
  });

  it("may be none for a client whom residency permits nobody", async () => {
    const strict = { id: "strict", hosts: ["strict.example.org"], policy: "fastest", residency: "required" };
    expect((await world.call("POST", "/services", { body: strict })).status).toBe(201);
    // A client in the US may be in California.
    const residency = { california: { regions: ["us-east-1"] } };
    expect((await world.call("POST", "/table/apply", { body: { residency } })).status).toBe(200);
    expect((await world.call("POST", "/regions", { body: { id: "eu-central-1", ...frankfurt } })).status).toBe(201);
    const targets = { "us-east-1": { values: ["192.0.2.1"] } };
    await make("strict.example.org", "A", { policy: { kind: "latency", service: "strict", targets } });
    expect((await findingsOf("strict.example.org")).answers).toBe(
      "ok: A: 2 answers over 3 regions; residency permits nothing in eu-central-1",
    );
  });
});
