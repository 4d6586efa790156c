import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { FakeCloudflare } from "../../fakes/cloudflare-api.ts";
import { createWorld, TOKEN, type World } from "../control/world.ts";
import { type Ran, runIn } from "./terminal.ts";

const CLOUDFLARE_TOKEN = "cf-token";
const ZONE = "novacron.io";

let world: World;
let api: FakeCloudflare;
let url: string;

beforeEach(async () => {
  world = await createWorld();
  api = new FakeCloudflare({ id: "a".repeat(32), name: ZONE }, CLOUDFLARE_TOKEN);
  url = await api.listen();
  await apply({
    zones: { [ZONE]: { primary: "ns1.novacron.io", contact: "hostmaster.novacron.io" } },
    records: {
      "novacron.io/NS": { values: ["ns1.novacron.io."] },
      "ns1.novacron.io/A": { values: ["192.0.2.53"] },
      "novacron.io/MX": { values: ["10 mail.example.com."], ttlSeconds: 30 },
      "api.novacron.io/A": {
        policy: {
          kind: "failover",
          order: ["us-west-2", "us-east-1"],
          targets: { "us-east-1": { values: ["203.0.113.1"] }, "us-west-2": { values: ["203.0.113.2"] } },
        },
      },
    },
  });
});
afterEach(() => api.close());

async function apply(patch: unknown): Promise<void> {
  const reply = await world.call("POST", "/table/apply", { body: patch });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
}

function dns(words: string, terminal: Partial<Terminal> = {}): Promise<Ran> {
  return runIn(world, "novacron-dns", words.split(" "), {
    env: {
      NOVACRON_URL: "http://control.test",
      NOVACRON_TOKEN: TOKEN,
      CLOUDFLARE_API_TOKEN: CLOUDFLARE_TOKEN,
      CLOUDFLARE_API_BASE_URL: url,
    },
    fetch: (request) => (request.url.startsWith(url) ? fetch(request) : world.fetch(request)),
    ...terminal,
  });
}

describe("novacron-dns cloudflare", () => {
  it("plans and applies what a plain zone can have, and then has nothing to change", async () => {
    const notes = `note: api.novacron.io/A: failover: everybody gets us-west-2
note: novacron.io/MX: its TTL is 60 s there, not 30 s
`;
    const changes = `+ api.novacron.io A 203.0.113.2 (300 s)
+ novacron.io MX 10 mail.example.com (60 s)
+ ns1.novacron.io A 192.0.2.53 (300 s)
0 right already, 0 not ours
`;
    expect(await dns(`cloudflare plan ${ZONE}`)).toEqual({ exit: 0, out: notes + changes, err: "" });
    expect(api.zone.records.size).toBe(0);
    expect(await dns(`cloudflare apply ${ZONE}`)).toMatchObject({
      exit: 0,
      out: `${notes}${changes}3 changes were made\n`,
    });
    expect(await dns(`cloudflare apply ${ZONE}`)).toMatchObject({
      exit: 0,
      out: `${notes}nothing to change: 3 right already, 0 not ours\n0 changes were made\n`,
    });
  });

  it("says what has drifted, and on which side", async () => {
    await dns(`cloudflare apply ${ZONE}`);
    expect(await dns(`cloudflare drift ${ZONE}`)).toEqual({ exit: 0, out: "no drift\n", err: "" });
    const mail = [...api.zone.records.values()].find(({ type }) => type === "MX");
    if (mail) mail.priority = 50;
    await apply({ records: { "ns1.novacron.io/A": { values: ["192.0.2.54"] } } });
    const { exit, out, err } = await dns(`cloudflare drift ${ZONE}`);
    expect([exit, err]).toEqual([1, "2 records differ\n"]);
    expect(out.split("\n").sort().join("\n")).toBe(`
changed here: ns1.novacron.io A 192.0.2.53 (300 s) → 192.0.2.54 (300 s)
changed there: novacron.io MX 50 mail.example.com (60 s)`);
  });

  it("leaves what is not ours, does the rest, and says so", async () => {
    const stranger = api.add({ name: "api.novacron.io", type: "CNAME", content: "shop.example" });
    const { exit, out, err } = await dns(`cloudflare apply ${ZONE}`);
    expect([exit, out]).toEqual([1, expect.stringMatching(/^2 changes were made$/m)]);
    expect(err).toBe(`api.novacron.io A is not written, because records that are not ours stand there:
  api.novacron.io CNAME shop.example (300 s)
`);
    expect(api.zone.records.get(stranger.id)).toEqual(stranger);
  });

  it("asks whoever sits there, and does nothing without a yes", async () => {
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return "n";
    };
    expect(await dns(`cloudflare apply ${ZONE}`, { ask })).toMatchObject({ exit: 1 });
    expect(asked).toEqual(["apply this? [y/N] "]);
    expect(api.zone.records.size).toBe(0);
    expect(await dns(`cloudflare apply ${ZONE} --yes`, { ask })).toMatchObject({ exit: 0 });
  });

  it("wants to be told that an unusual part is meant", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`n${i}.novacron.io/A`, { values: ["192.0.2.1"] }]),
    );
    await apply({ records: many });
    await dns(`cloudflare apply ${ZONE}`);
    await apply({ records: Object.fromEntries(Object.keys(many).map((id) => [id, null])) });
    expect(await dns(`cloudflare apply ${ZONE}`)).toMatchObject({
      exit: 1,
      err: "it would remove 20 of our 23 records there: add --force if that is meant\n",
    });
    expect(await dns(`cloudflare apply ${ZONE} --force`)).toMatchObject({ exit: 0 });
    expect(api.zone.records.size).toBe(3);
  });

  it.each([
    ["without a token", ZONE, { CLOUDFLARE_API_TOKEN: "" }, "CLOUDFLARE_API_TOKEN is not set"],
    [
      "with a token that is none",
      ZONE,
      { CLOUDFLARE_API_TOKEN: "x" },
      "Cloudflare refuses (403): Invalid access token [9109]",
    ],
    ["of a zone that is not here", "other.io", {}, /404/],
  ])("says what is wrong %s", async (_name, zone, more, words) => {
    const env = {
      NOVACRON_URL: "http://control.test",
      NOVACRON_TOKEN: TOKEN,
      CLOUDFLARE_API_TOKEN: CLOUDFLARE_TOKEN,
      CLOUDFLARE_API_BASE_URL: url,
      ...more,
    };
    const { exit, err } = await dns(`cloudflare plan ${zone}`, { env });
    expect(exit).toBe(1);
    if (typeof words === "string") expect(err).toBe(`${words}\n`);
    else expect(err).toMatch(words);
  });

  it("says that a zone is not at Cloudflare", async () => {
    await apply({ zones: { "other.io": { primary: "ns1.novacron.io", contact: "hostmaster.novacron.io" } } });
    expect(await dns("cloudflare plan other.io")).toMatchObject({
      exit: 1,
      err: "this token sees no zone other.io at Cloudflare\n",
    });
  });
});
