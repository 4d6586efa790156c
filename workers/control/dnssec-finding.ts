import { checkServed } from "../../src/dns/dnssec/check-served.ts";
import { anchorOf, type BrokenZone, checkZone } from "../../src/dns/dnssec/check-zone.ts";
import { PROPAGATION_SECONDS } from "../../src/dns/dnssec/delays.ts";
import { dsOf } from "../../src/dns/dnssec/ds.ts";
import { dsKeys } from "../../src/dns/dnssec/rollover.ts";
import { dnskeyOf, isPublished, isSigned } from "../../src/dns/dnssec/zone-key.ts";
import type { Name } from "../../src/dns/name.ts";
import type { Rrset } from "../../src/dns/response.ts";
import { nowhere } from "../../src/geo/place.ts";
import { type Outside, parentDs } from "../../src/geodns/delegation.ts";
import type { Finding } from "../../src/geodns/findings.ts";
import { askDnsPlane } from "./dns-plane.ts";
import { reach } from "./reach.ts";
import type { Call } from "./route.ts";

/** Whether a validator would believe what a zone answers: its keys as they are kept, and the sets that it was asked for. */
export async function dnssecFinding(call: Call, zone: Name, sets: readonly Rrset[]): Promise<Finding> {
  const { dnssec, now } = call.deps;
  if (dnssec === null) return finding("ok", "this deployment signs no zones");
  const kept = await reach(call, "record of keys", () => dnssec.store.find(zone));
  if (!kept.ok) return finding("unchecked", "the record of keys cannot be reached");
  const at = now();
  if (!isSigned(kept.value.keys, at)) return finding("ok", "the zone is not signed");
  const opened = await Promise.all(kept.value.keys.map((key) => dnssec.keys.open(zone, key)));
  const keys = opened.filter((key) => key !== null);
  if (keys.length < opened.length) return finding("failed", "DNSSEC_KEY does not open the keys of the zone");
  const checked = await checkZone({ apex: zone, keys }, sets, at, dnssec.crypto);
  if (!checked.ok) return finding("failed", inWords(checked.error));
  const [wanted] = dsKeys(keys, at);
  if (wanted === undefined) return finding("ok", "the chain holds; the parent must have no DS yet");
  if (wanted.dsSeenAt === null)
    return finding("warning", `the chain holds; nobody has said that the parent has the DS ${wanted.tag}`);
  return finding("ok", `the chain holds from the DS ${wanted.tag}, which the parent must have`);
}

/** How long the DNS plane may not yet have read a change of keys. */
const UNREAD_MS = PROPAGATION_SECONDS * 1000;

/** Whether the chain holds to what the DNS plane answers as it runs. Nothing where the zone is not signed. */
export async function servedChainFindings(call: Call, zone: Name, domain: string): Promise<readonly Finding[]> {
  const { dnssec, now } = call.deps;
  const kept = dnssec === null ? null : await reach(call, "record of keys", () => dnssec.store.find(zone));
  const at = now();
  if (dnssec === null || !kept?.ok || !isSigned(kept.value.keys, at)) return [];
  const ask = (name: string, type: string) =>
    askDnsPlane(call, { name, type, place: nowhere, dnssecOk: true }).then((served) => served?.message ?? null);
  const questions = [ask(zone, "DNSKEY"), ask(zone, "SOA"), ask(domain, "A"), ask(domain, "AAAA")];
  const [keys, ...answers] = (await Promise.all(questions)).filter((message) => message !== null);
  if (keys === undefined || answers.length < 3) return [finding("failed", "the DNS plane does not answer")];
  const anchor = await anchorOf({ apex: zone, keys: kept.value.keys }, at, dnssec.crypto);
  const checked = await checkServed(zone, anchor, { keys, answers }, at, dnssec.crypto);
  if (checked.ok) return [finding("ok", "the chain holds to what the DNS plane answers")];
  const changedAt = Math.max(...kept.value.keys.map(({ publishedAt }) => publishedAt));
  if (at - changedAt < UNREAD_MS) return [finding("warning", "the DNS plane may not have read the newest keys yet")];
  return [finding("failed", `of what the DNS plane answers, ${inWords(checked.error)}`)];
}

/** Whether the parent, as it is seen from outside, points at the keys of a zone. */
export async function parentFindings(call: Call, zone: Name, outside: Outside): Promise<readonly Finding[]> {
  const { dnssec, now } = call.deps;
  if (dnssec === null) return parentDs([], outside);
  const kept = await reach(call, "record of keys", () => dnssec.store.find(zone));
  if (!kept.ok) return [];
  const at = now();
  const { keys } = kept.value;
  const [wanted] = dsKeys(keys, at);
  const own = keys
    .filter((key) => key.role === "ksk" && isPublished(key, at))
    .map(async (key) => {
      const ds = await dsOf(zone, dnskeyOf(key), dnssec.crypto);
      return { ...ds, isWanted: key === wanted, isSaid: key.dsSeenAt !== null };
    });
  return parentDs(await Promise.all(own), outside);
}

const finding = (status: Finding["status"], detail: string): Finding => ({ check: "dnssec", status, detail });

function inWords(broken: BrokenZone): string {
  switch (broken.kind) {
    case "no-links":
    case "insecure":
      return "no key of the zone can be pointed at by its parent";
    case "no-key-of-ds":
      return `no key has the DS ${broken.tags.join(", ")}`;
    case "keys-unverified":
      return `the keys are not signed by one that the parent knows: ${broken.reason.kind}`;
    case "ds-unverified":
      return `the DS below ${broken.zone} is not signed: ${broken.reason.kind}`;
    case "set-unverified":
      return `the signature of ${broken.name} does not hold: ${broken.reason.kind}`;
  }
}
