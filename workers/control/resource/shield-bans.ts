import type { Standing } from "../../../durable-objects/mitigator/api.ts";
import { type Cidr, parseCidr, parseClients } from "../../../src/base/ip.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { Ban } from "../../../src/shield/ban/ban.ts";
import { againInWords, sparedInWords } from "../../../src/shield/ban/words.ts";
import { type AddressRule, isInForce } from "../../../src/table/address-rule.ts";
import type { Table } from "../../../src/table/table.ts";
import { invalid } from "../field-errors.ts";
import { coveringNotes, sentence } from "../lifting.ts";
import { coveredWithin, coveringOf, holderOf } from "../networks-around.ts";
import { pageOfShield } from "../page-of-shield.ts";
import { reach, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { type BannedReply, bannedReplySchema, banQuerySchema, listedBanSchema } from "../schema/ban.ts";
import { pageSchema } from "../schema/page.ts";
import { toBan } from "../shield-reply.ts";
import { toTime } from "../to-time.ts";

/** The mitigator gives a thousand at once; one is for knowing whether there are more. */
const MAX_BANS = 499;

export const banRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/shield/bans",
    permission: "shield:read",
    summary: "The bans that the shield has decided, the newest first",
    description: "Those of people are on the blacklist alone.",
    query: banQuerySchema,
    reply: pageSchema(listedBanSchema),
    async handle(call) {
      const { state, ...paging } = call.query;
      const page = await pageOfShield(paging, MAX_BANS, ({ limit, before }) =>
        reach(call, "mitigator", () =>
          call.deps.mitigator.bans({ limit, before, cidr: null, standing: state === "standing" }),
        ),
      );
      if (!page.ok) return page;
      const published = await readTable(call);
      if (!published.ok) return published;
      const items = page.value.items.map((ban) => {
        const cidr = parseCidr(ban.cidr);
        const by = cidr.ok ? holderOf(published.value.table.allowlist, cidr.value, call.deps.now()) : null;
        return { ...toBan(ban), allowlistedBy: by };
      });
      return ok({ status: 200, body: { ...page.value, items } });
    },
  }),
  route({
    method: "GET",
    path: "/shield/bans/:cidr{[^]+}",
    permission: "shield:read",
    summary: "What is known of an address or network: its ban, the evidence, its record, and what happens next",
    reply: bannedReplySchema,
    refusals: ["absent", "invalid"],
    handle: readOne,
  }),
];

async function readOne(call: Call): Promise<Result<Answer, Refusal>> {
  const parsed = parseClients(call.param("cidr"));
  if (!parsed.ok) return invalid([{ path: "{cidr}", detail: parsed.error }]);
  const cidr = parsed.value;
  const published = await readTable(call);
  if (!published.ok) return published;
  const known = await reach(call, "mitigator", () =>
    Promise.all([
      call.deps.mitigator.standing(cidr.text),
      call.deps.mitigator.bans({ limit: 1, before: null, cidr: cidr.text, standing: false }),
    ]),
  );
  if (!known.ok) return known;
  const [standing, [last = null]] = known.value;
  const { blacklist, allowlist, bots } = published.value.table;
  const now = call.deps.now();
  const held = blacklist.get(cidr.text);
  const entry = held && isInForce(held, now) ? held : null;
  const coveredBy = coveringOf(blacklist, cidr, now);
  const covers = coveredWithin(blacklist, cidr, now);
  const isAround = coveredBy.length > 0 || covers.count > 0;
  const isKnown = entry !== null || isAround || last !== null || (standing?.offences ?? 0) > 0;
  const verifiedBot = botOf(bots, cidr, now);
  if (!isKnown || standing === null) return err({ kind: "absent", what: unknown(cidr, verifiedBot) });
  const body: BannedReply = {
    cidr: cidr.text,
    entry: entry === null ? null : toEntry(entry),
    madeBy: entry === null ? null : entry.ban === undefined ? "people" : "shield",
    coveredBy,
    allowlistedBy: holderOf(allowlist, cidr, now),
    verifiedBot,
    standing: toStanding(standing),
    ban: standing.ban === null ? last && toBan(last) : toBan(standing.ban),
    ifLifted: [
      ...ifLifted(cidr, entry, coveredBy, standing, last, await goingOnOf(call, standing.ban)),
      ...insideNotes(covers),
    ],
  };
  return ok({ status: 200, body });
}

function botOf(bots: Table["bots"], cidr: Cidr, now: number): BannedReply["verifiedBot"] {
  const holder = holderOf(bots, cidr, now);
  const bot = holder === null ? undefined : bots.get(holder);
  return holder === null || bot === undefined ? null : { name: bot.name, cidr: holder };
}

const unknown = ({ text }: Cidr, bot: BannedReply["verifiedBot"]): string =>
  `nothing is known of ${text}${bot === null ? "" : `: ${sparedInWords({ cidr: bot.cidr, bot: bot.name })}`}`;

/** Whether a client that is banned still sends is not known; whether the attack goes on of which it was a part, is. */
async function goingOnOf(call: Call, ban: Ban | null): Promise<string[]> {
  if (ban?.evidence.kind !== "attack") return [];
  const id = ban.evidence.attack;
  const attack = await reach(call, "mitigator", () => call.deps.mitigator.attack(id));
  return attack.ok && attack.value?.state === "ongoing" ? [`Attack ${id}, of which it was a part, still goes on.`] : [];
}

function ifLifted(
  { text }: Cidr,
  entry: AddressRule | null,
  coveredBy: readonly string[],
  { ban, next }: Standing,
  last: Ban | null,
  goingOn: readonly string[],
): string[] {
  if (entry === null && ban === null) {
    const record = last === null ? [] : [sentence(next)];
    return [`${text} itself is not banned.`, ...coveringNotes("blacklist", coveredBy), ...record];
  }
  const served =
    coveredBy.length === 0
      ? ["If it is lifted, it is served again within 2 s."]
      : coveringNotes("blacklist", coveredBy);
  if (ban === null)
    return [
      ...served,
      "People made this entry: nothing puts it back by itself, and new offences are judged as before.",
    ];
  return [...served, sentence(next), againInWords(ban.evidence), ...goingOn];
}

function insideNotes({ count, first }: ReturnType<typeof coveredWithin>): string[] {
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return count === 0 ? [] : [`In it are banned, and stay so: ${first.join(", ")}${more}.`];
}

const toEntry = ({ reason, createdAt, expiresAt }: AddressRule) => ({
  reason,
  createdAt: toTime(createdAt),
  expiresAt: expiresAt === null ? null : toTime(expiresAt),
});

const toStanding = (standing: Standing): BannedReply["standing"] => ({
  offences: standing.offences,
  forgetsAt: standing.forgetsAt === null ? null : toTime(standing.forgetsAt),
  forgivenUntil: standing.forgivenUntil === null ? null : toTime(standing.forgivenUntil),
  nextSeconds: standing.nextSeconds,
  nextSecondsIfLifted: standing.nextSecondsIfLifted,
  next: standing.next,
});
