import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askTcp, askUdp, dataOf } from "./world/dns.ts";
import { startWorld, type World, waitFor } from "./world/world.ts";

const REGIONS = ["us-east-1", "eu-central-1", "ap-northeast-1"] as const;
/** Networks that the bundled database of countries has beside each of the regions. */
const SUBNETS = { "us-east-1": "8.8.8.0/24", "eu-central-1": "53.0.0.0/24", "ap-northeast-1": "133.1.0.0/24" } as const;
/** Of a change: an edge's table is at most 2 s behind, the bridge's cache one more. */
const CHANGE_TIMEOUT_MS = 10_000;
const ZONE = "novacron.io";

/** Debian's packages of the clients. */
const PACKAGES = { dig: "bind9-dnsutils", kdig: "knot-dnsutils", unbound: "unbound" } as const;
function isThere(client: keyof typeof PACKAGES): boolean {
  const found = spawnSync(client, ["-V"]).error === undefined;
  // Past vitest, which keeps to itself what tests print that do not fail.
  if (!found) process.stderr.write(`skipped: DNS by ${client}; there is none (Debian: ${PACKAGES[client]})\n`);
  return found;
}

let world: World;
let addresses: Record<string, string>;

beforeAll(async () => {
  world = await startWorld({ regions: REGIONS });
  const text = Array.from({ length: 12 }, (_, i) => `"${String(i).padStart(200, "x")}"`);
  await apply({
    records: {
      [`text.${ZONE}/TXT`]: { values: ['"hello world"'] },
      [`large.${ZONE}/TXT`]: { values: text },
      [`moving.${ZONE}/A`]: { values: ["192.0.2.1"] },
      [`drawn.${ZONE}/A`]: {
        policy: {
          kind: "weighted",
          targets: { "us-east-1": { values: ["192.0.2.1"] }, "eu-central-1": { values: ["192.0.2.2"] } },
        },
      },
    },
  });
  const { body } = await world.api("GET", `/dns/zones/${ZONE}/records/api.${ZONE}/A`);
  const { targets } = (body as { policy: { targets: Record<string, { values: [string] }> } }).policy;
  addresses = Object.fromEntries(Object.entries(targets).map(([region, { values }]) => [region, values[0]]));
  await waitFor(
    async () => dataOf(await askUdp(world.dns, `drawn.${ZONE}`)).length > 0,
    CHANGE_TIMEOUT_MS,
    "the records to be there",
  );
});
afterAll(() => world?.stop());

async function apply(patch: object): Promise<void> {
  const reply = await world.api("POST", "/table/apply", patch);
  expect(reply, JSON.stringify(reply.body)).toMatchObject({ status: 200 });
}

describe("any client", () => {
  it.each([
    ["UDP", askUdp],
    ["TCP", askTcp],
  ] as const)("is answered over %s by where it is, as the table says", async (_name, ask) => {
    for (const region of REGIONS) {
      const answer = await ask(world.dns, `api.${ZONE}`, { subnet: SUBNETS[region] });
      expect([region, answer.flag_aa, dataOf(answer)]).toEqual([region, true, [addresses[region]]]);
    }
  });

  it("hears of a change within seconds, though the answer was kept", async () => {
    const moving = async () => dataOf(await askUdp(world.dns, `moving.${ZONE}`));
    expect(await moving()).toEqual(["192.0.2.1"]);
    await apply({ records: { [`moving.${ZONE}/A`]: { values: ["192.0.2.9"] } } });
    await waitFor(async () => (await moving())[0] === "192.0.2.9", CHANGE_TIMEOUT_MS, "the new address");
  });

  it("gets a draw of its own network, so that weights hold though answers are kept", async () => {
    const drawn = new Set<unknown>();
    for (let i = 0; i < 64; i++) {
      const [address] = dataOf(await askUdp(world.dns, `drawn.${ZONE}`, { subnet: `198.51.${i}.0/24` }));
      drawn.add(address);
    }
    expect([...drawn].sort()).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  it("is told to come over TCP for what is too large, and gets it there", async () => {
    expect(await askUdp(world.dns, `large.${ZONE}`, { type: "TXT" })).toMatchObject({ flag_tc: true, answers: [] });
    expect(dataOf(await askTcp(world.dns, `large.${ZONE}`, { type: "TXT" }))).toHaveLength(12);
  });
});

const run = promisify(execFile);

async function ask(client: "dig" | "kdig", words: string): Promise<string> {
  const [host = "", port = ""] = world.dns.split(":");
  const { stdout } = await run(client, [`@${host}`, "-p", port, ...words.split(" ")]);
  return stdout;
}

describe.skipIf(!isThere("dig"))("dig", () => {
  it.each([
    ["an address", `api.${ZONE} A`, /status: NOERROR[\s\S]*flags: qr aa rd;[\s\S]*\sA\t203\.0\.113\.\d+\n/],
    ["an address of IPv6", `api.${ZONE} AAAA`, /\sAAAA\t2001:db8:\w+::1\n/],
    ["text", `text.${ZONE} TXT`, /\sTXT\t"hello world"\n/],
    ["the start of authority", `${ZONE} SOA`, /\sSOA\tns1\.novacron\.io\. hostmaster\.novacron\.io\. \d+ /],
    ["a name that is not there", `nope.${ZONE} A`, /status: NXDOMAIN[\s\S]*AUTHORITY: 1[\s\S]*\sSOA\t/],
    ["a type that is not there", `text.${ZONE} MX`, /status: NOERROR[\s\S]*ANSWER: 0, AUTHORITY: 1[\s\S]*\sSOA\t/],
    ["everything", `api.${ZONE} ANY +notcp`, /\sHINFO\t"RFC8482" ""\n/],
    ["a name of others", "example.com A", /status: REFUSED/],
    ["another version of EDNS", `api.${ZONE} A +edns=1 +noednsneg`, /status: BADVERS/],
    ["no EDNS at all", `api.${ZONE} A +noedns`, /ADDITIONAL: 0\n[\s\S]*\sA\t203/],
    ["a name in capitals", `API.NovaCron.IO A`, /API\.NovaCron\.IO\.\s+\d+\sIN\sA\t203/],
    ["over TCP", `api.${ZONE} A +tcp`, /\sA\t203[\s\S]*\(TCP\)/],
    ["a subnet", `api.${ZONE} A +subnet=133.1.0.0/24`, /CLIENT-SUBNET: 133\.1\.0\.0\/24\/24\n/],
    ["no subnet", `api.${ZONE} A +subnet=0`, /CLIENT-SUBNET: 0\.0\.0\.0\/0\/0\n|CLIENT-SUBNET: 0\/0\/0\n/],
    ["with a cookie", `api.${ZONE} A +cookie`, /COOKIE: [0-9a-f]{48} \(good\)\n/],
    ["more than fits", `large.${ZONE} TXT +bufsize=512`, /Truncated, retrying in TCP mode[\s\S]*ANSWER: 12,/],
    ["more than fits, and no TCP", `large.${ZONE} TXT +bufsize=512 +ignore`, /flags: qr aa tc rd;[\s\S]*ANSWER: 0,/],
  ])("asks for %s", async (_name, words, expected) => {
    expect(await ask("dig", words)).toMatch(expected);
  });

  it.each(REGIONS)("is sent to %s from beside it", async (region) => {
    expect(await ask("dig", `api.${ZONE} A +short +subnet=${SUBNETS[region]}`)).toBe(`${addresses[region]}\n`);
  });
});

describe.skipIf(!isThere("kdig"))("kdig", () => {
  it.each([
    ["an address", `api.${ZONE} A`, /status: NOERROR;[\s\S]*Flags: qr aa rd;[\s\S]*\sA\t203\.0\.113\.\d+\n/],
    ["a name that is not there", `nope.${ZONE} A`, /status: NXDOMAIN;/],
    ["another version of EDNS", `api.${ZONE} A +edns=1`, /ext-rcode: BADVERS/],
    [
      "over TCP, many on one connection",
      `+tcp +keepopen api.${ZONE} A text.${ZONE} TXT`,
      /203\.0\.113[\s\S]*hello world/,
    ],
    ["a subnet", `api.${ZONE} A +subnet=53.0.0.0/24`, /CLIENT-SUBNET: 53\.0\.0\.0\/24\/24\n/],
    ["with padding and a name server id, which are not known here", `api.${ZONE} A +padding +nsid`, /status: NOERROR;/],
    ["more than fits", `large.${ZONE} TXT +bufsize=512`, /ANSWER: 12;/],
  ])("asks for %s", async (_name, words, expected) => {
    expect(await ask("kdig", words)).toMatch(expected);
  });
});

describe.skipIf(!isThere("unbound"))("a validating unbound", () => {
  let directory: string;
  let port: number;
  let unbound: ChildProcess | undefined;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "novacron-unbound-"));
    port = await freePort();
    const { status, body } = await world.api("PUT", `/dns/zones/${ZONE}/dnssec`);
    expect(status, JSON.stringify(body)).toBe(200);
    const [{ record }] = (body as { ds: [{ record: string }] }).ds;
    const config = join(directory, "unbound.conf");
    writeFileSync(config, configuration(directory, port, world.dns, record));
    unbound = spawn("unbound", ["-d", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    unbound.stderr?.on("data", (piece) => {
      said += piece;
    });
    await waitFor(
      () => resolve(`${ZONE} SOA`).then((text) => /flags: [^;]*\bad\b/.test(text)),
      30_000,
      "a validated answer",
    ).catch((error) => {
      throw new Error(`${error.message}; unbound said:\n${said}`);
    });
  });
  afterAll(async () => {
    if (unbound?.exitCode === null) {
      unbound.kill();
      await once(unbound, "exit");
    }
    rmSync(directory, { recursive: true, force: true });
  });

  const resolve = async (words: string): Promise<string> => {
    const { stdout } = await run("dig", ["@127.0.0.1", "-p", String(port), "+dnssec", ...words.split(" ")]);
    return stdout;
  };

  it.each([
    ["a steered address", `api.${ZONE} A`, /status: NOERROR[\s\S]*flags: qr rd ra ad;[\s\S]*\sA\t203/],
    ["text", `text.${ZONE} TXT`, /flags: qr rd ra ad;[\s\S]*"hello world"/],
    ["that a name is not there", `nope.${ZONE} A`, /flags: qr rd ra ad;[\s\S]*ANSWER: 0/],
    ["that a type is not there", `text.${ZONE} MX`, /status: NOERROR[\s\S]*flags: qr rd ra ad;[\s\S]*ANSWER: 0/],
    ["what only fits into TCP", `large.${ZONE} TXT`, /flags: qr rd ra ad;[\s\S]*ANSWER: 13/],
    ["the keys", `${ZONE} DNSKEY`, /flags: qr rd ra ad;[\s\S]*DNSKEY\t257 3 13/],
  ])("believes %s", async (_name, words, expected) => {
    expect(await resolve(words)).toMatch(expected);
  });
});

/** A resolver that asks the bridge about the zone, and nobody about anything else; `ds` is all that it trusts. */
const configuration = (directory: string, port: number, bridge: string, ds: string): string => `
server:
  directory: "${directory}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  interface: 127.0.0.1@${port}
  do-ip6: no
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor: "${ds}"
  num-threads: 1
remote-control:
  control-enable: no
stub-zone:
  name: "${ZONE}"
  stub-addr: ${bridge.replace(":", "@")}
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
