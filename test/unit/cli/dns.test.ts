import { beforeEach, expect, it } from "vitest";
import { createWorld, type World } from "../control/world.ts";
import { over, runIn } from "./terminal.ts";

const FILE = `@ SOA ns1 hostmaster 9 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.53
`;

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await dns("zone import example.org zone.txt");
});

const dns = (line: string) =>
  runIn(world, "novacron-dns", line.split(" "), over({ "zone.txt": FILE, "policy.yaml": POLICY }));

const POLICY = `kind: latency
service: api
targets:
  us-east-1: { values: [192.0.2.1] }
  us-west-2: { values: [192.0.2.2] }
`;

it("imports, lists, shows and exports zones", async () => {
  expect((await dns("zone")).out).toMatch(/ZONE .*\nexample\.org +9 +ns1\.example\.org +300 s/);
  expect((await dns("zone show example.org")).out).toMatch(
    /serial: 9\n[\s\S]*ns1\.example\.org +A +zone's +192\.0\.2\.53/,
  );
  expect((await dns("zone export example.org")).out).toContain("ns1 300 IN A 192.0.2.53");
});

it("shows what an import would change, and asks", async () => {
  const given = { ...over({ "zone.txt": `${FILE}www A 192.0.2.80\n` }), ask: async () => "n" };
  const { exit, err } = await runIn(world, "novacron-dns", ["zone", "import", "example.org", "zone.txt"], given);
  expect([exit, err]).toEqual([1, expect.stringContaining("+ records/www.example.org/A")]);
  expect((await dns("record list example.org")).out).not.toContain("www");
});

it("tells which lines of a zone file are wrong", async () => {
  const given = over({ "zone.txt": `${FILE}www A 192.0.2\n` });
  const { exit, err } = await runIn(world, "novacron-dns", ["zone", "import", "example.org", "zone.txt"], given);
  expect([exit, err]).toEqual([1, expect.stringContaining("line 4, column")]);
});

it("adds, changes and removes record sets", async () => {
  expect((await dns("record add WWW.example.org. a 192.0.2.80 192.0.2.81 --ttl 60")).out).toContain(
    "192.0.2.80, 192.0.2.81",
  );
  expect((await dns("record set www.example.org A --policy policy.yaml")).out).toContain("steered by latency of api");
  expect((await dns("record remove www.example.org A")).exit).toBe(0);
  expect((await dns("record list example.org")).out).not.toContain("www");
});

it.each([
  ["record add www.example.com A 192.0.2.1", 1, "no zone holds www.example.com"],
  ["record add www.example.org A", 1, "expected either values or --policy"],
  ["record add www.example.org A 192.0.2", 1, "/values/0"],
  ["record add www.example.org A 192.0.2.1 --ttl soon", 2, "Expected seconds"],
  ["zone import example.org missing.txt", 1, "missing.txt"],
  ["validate", 2, "--domain"],
])("refuses %s", async (line, exit, words) => {
  const ran = await dns(line);
  expect([ran.exit, ran.err]).toEqual([exit, expect.stringContaining(words)]);
});

it("asks as a client would, and says by which target the answer was chosen", async () => {
  await dns("record add www.example.org A --policy policy.yaml");
  const { out } = await dns("query www.example.org A --subnet 192.0.2.0/24");
  expect(out).toMatch(/^NOERROR at epoch \d+, for 192\.0\.2\.0\/24[ \n]/);
  expect(out).toMatch(/www\.example\.org\. +300 +A +192\.0\.2\.\d\n.*answered by targets\/us-/);
  expect((await dns("query nobody.example.org")).out).toContain("NXDOMAIN");
});

it("validates a name, and fails where it is told badly", async () => {
  await dns("record add www.example.org A --policy policy.yaml");
  const good = await dns("validate --domain www.example.org");
  expect([good.exit, good.out]).toEqual([0, expect.stringMatching(/us-east-1 +A +192\.0\.2\.1 +300 s +us-east-1/)]);
  const bad = await dns("validate --domain nobody.example.org");
  expect([bad.exit, bad.err]).toEqual([1, expect.stringContaining("nobody.example.org has no address")]);
});
