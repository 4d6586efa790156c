import { execFile, execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webDnssecCrypto } from "../../../../src/adapters/web-crypto/dnssec.ts";
import { answer } from "../../../../src/dns/answer.ts";
import { decodeQuery } from "../../../../src/dns/decode-query.ts";
import { dsOf, dsText } from "../../../../src/dns/dnssec/ds.ts";
import { type Signer, signResponse } from "../../../../src/dns/dnssec/sign-response.ts";
import { SignatureCache } from "../../../../src/dns/dnssec/signature-cache.ts";
import { dnskeyOf } from "../../../../src/dns/dnssec/zone-key.ts";
import { encodeResponse, udpLimit } from "../../../../src/dns/encode-response.ts";
import { buildZone } from "../../../../src/dns/zone.ts";
import { parseZoneFile } from "../../../../src/dns/zone-file/parse-zone-file.ts";
import { name, signingKey } from "./zone.ts";

const ZONE_FILE = `
$TTL 300
@        IN SOA ns1 hostmaster 1 7200 900 1209600 60
@        IN NS  ns1
@        IN NS  ns2.elsewhere.example.
@        IN MX  10 mail
ns1      IN A   192.0.2.53
mail     IN A   192.0.2.25
www      IN A   192.0.2.1
www      IN A   192.0.2.2
alias    IN CNAME www
astray   IN CNAME nowhere
deep.ent IN TXT "below an empty non-terminal"
*.wild   IN TXT "from a wildcard"
sub      IN NS  ns.sub
ns.sub   IN A   192.0.2.54
safe     IN NS  ns.safe
safe     IN DS  12345 13 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC0123
ns.safe  IN A   192.0.2.55
Capital  IN PTR Www.NovaCron.IO.
`;

const apex = name("novacron.io");

/** BIND's own validator, which shares no line with this one. */
const DELV = "delv";
const isThere = (() => {
  try {
    execFileSync(DELV, ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
if (!isThere) process.stderr.write("skipped: DNSSEC checked by delv; there is no delv (Debian: bind9-dnsutils)\n");

/** A name server on UDP, over one zone, that answers until it is closed. */
async function serve(signer: Signer): Promise<Socket> {
  const sets = parseZoneFile(ZONE_FILE, { apex, defaultTtlSeconds: 300 });
  if (!sets.ok) throw new Error(JSON.stringify(sets.error));
  const zone = buildZone(apex, sets.value);
  if (!zone.ok) throw new Error(zone.error);
  const zones = new Map([[apex, zone.value]]);
  const socket = createSocket("udp4");
  socket.on("message", async (bytes, { port, address }) => {
    const query = decodeQuery(bytes);
    if (!query.ok) return;
    const plain = answer(zones, query.value, ({ values, ttl }) => ({ values, ttl, scopePrefix: 0 }));
    const signed = await signResponse(plain, signer, Date.now());
    socket.send(encodeResponse(signed, { maxBytes: udpLimit(query.value.edns) }), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
}

describe.skipIf(!isThere)("a validator of others", () => {
  const directory = mkdtempSync(join(tmpdir(), "novacron-dnssec-"));
  const anchors = join(directory, "anchors");
  let socket: Socket;
  let forged = false;

  beforeAll(async () => {
    const since = Date.now() - 3_600_000;
    const [ksk, zsk] = await Promise.all([signingKey("ksk", since), signingKey("zsk", since)]);
    const [tag, algorithm, digest, hash] = dsText(await dsOf(apex, dnskeyOf(ksk), webDnssecCrypto)).split(" ");
    writeFileSync(anchors, `trust-anchors { novacron.io. static-ds ${tag} ${algorithm} ${digest} "${hash}"; };\n`);
    const keys = [ksk, { ...zsk, sign: async (octets: Uint8Array) => zsk.sign(forged ? octets.slice(1) : octets) }];
    socket = await serve({
      zone: (asked) => (asked === apex ? { apex, keys } : null),
      cache: new SignatureCache(),
      crypto: webDnssecCrypto,
    });
  });
  afterAll(() => {
    socket.close();
    rmSync(directory, { recursive: true });
  });

  async function ask(...question: readonly string[]): Promise<string> {
    const { port } = socket.address();
    const where = ["@127.0.0.1", "-p", String(port), "-a", anchors, "+root=novacron.io", "+nocrypto"];
    const { stdout, stderr } = await promisify(execFile)(DELV, [...where, ...question]).catch((error) => error);
    return `${stdout}${stderr}`;
  }

  it.each([
    ["an answer", ["www.novacron.io", "A"], "; fully validated", "192.0.2.2"],
    ["the name in other letters", ["wWw.NOVACRON.io", "A"], "; fully validated", "192.0.2.2"],
    ["a name in record data", ["capital.novacron.io", "PTR"], "; fully validated", "www.novacron.io"],
    ["a chain", ["alias.novacron.io", "A"], "; fully validated", "192.0.2.1"],
    ["a wildcard", ["any.thing.wild.novacron.io", "TXT"], "; fully validated", "from a wildcard"],
    ["mail", ["novacron.io", "MX"], "; fully validated", "mail.novacron.io"],
    ["the keys", ["novacron.io", "DNSKEY"], "; fully validated", "257 3 13"],
    ["what the parent should have", ["novacron.io", "CDS"], "; fully validated", "13 2"],
    ["the DS of another zone", ["safe.novacron.io", "DS"], "; fully validated", "12345 13 2"],
    ["the proof itself", ["www.novacron.io", "NSEC"], "; fully validated", "\\000.www.novacron.io. A RRSIG NSEC"],
    ["everything", ["www.novacron.io", "ANY"], "; fully validated", "RFC8482"],
    ["a name that is not there", ["no.novacron.io", "A"], "; negative response, fully validated", "RRSIG NSEC"],
    ["a type that is not there", ["www.novacron.io", "AAAA"], "; negative response, fully validated", "A RRSIG NSEC"],
    ["a type beside a wildcard", ["x.wild.novacron.io", "A"], "; negative response, fully validated", "TXT RRSIG NSEC"],
    ["an empty non-terminal", ["ent.novacron.io", "A"], "; negative response, fully validated", "RRSIG NSEC"],
    ["the end of a chain that is not there", ["astray.novacron.io", "A"], "; fully validated", "nowhere.novacron.io"],
    ["a delegation without DS", ["sub.novacron.io", "DS"], "; negative response, fully validated", "NS RRSIG NSEC"],
  ])("believes %s", async (_what, question, verdict, holding) => {
    const said = await ask(...question);
    expect(said).toContain(verdict);
    expect(said).toContain(holding);
  });

  it("believes nothing that was signed wrongly", async () => {
    forged = true;
    const said = await ask("mail.novacron.io", "A");
    forged = false;
    expect(said).not.toContain("fully validated");
    expect(said).toContain("resolution failed: RRSIG failed to verify");
  });
});
