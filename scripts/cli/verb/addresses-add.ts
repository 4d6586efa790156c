import { type Command, InvalidArgumentError } from "commander";
import { ok, type Result } from "../../../src/base/result.ts";
import { DEFAULT_BLACKLIST_TTL_SECONDS, MAX_TTL_SECONDS } from "../../../src/table/address-rule.ts";
import { listName } from "../../../src/table/entity-name.ts";
import type { AddressSection } from "../../../src/table/table.ts";
import {
  addressRuleDetailSchema,
  meaningOfAllowlist,
  meaningOfBots,
  type NewBlacklistRule,
} from "../../../workers/control/schema/address-rule.ts";
import type { TableWarning } from "../../../workers/control/schema/table-warning.ts";
import { addressColumns, clientsWritten, overlapLines } from "../address-columns.ts";
import type { Cli, Session } from "../cli.ts";
import { parseDuration } from "../duration.ts";
import type { Failure } from "../failure.ts";
import { foresee, heed } from "../heed.ts";
import { warningLines } from "../warning-lines.ts";

interface Options {
  readonly reason: string;
  readonly name?: string;
  readonly ttl?: number;
  readonly force?: true;
  readonly yes?: true;
}

export function declareAddressesAdd(group: Command, cli: Cli, list: AddressSection, name = "add"): void {
  const standard = list === "blacklist" ? "1h" : "no end";
  const isOfBot = list === "bots";
  const verb = cli
    .verb(group, name)
    .description(`put an address or network on the ${listName(list)}, or renew its entry`)
    .argument("<cidr>", "an address, or a network such as 203.0.113.0/24; a v6 address alone is its /64")
    .usage(`<cidr> ${isOfBot ? "--name <bot> " : ""}--reason <text> [options]`)
    .option("--reason <text>", "why; it must be there")
    .option("--ttl <duration>", `how long: 90s, 15m, 1h, at most 365d (default: ${standard})`, parseTtl)
    .hook("preAction", refuseWithoutReason);
  if (isOfBot)
    verb
      .option("--name <bot>", "whose it is, such as Googlebot; it must be there")
      .hook("preAction", refuseWithoutName);
  if (list === "blacklist")
    verb
      .option("--force", "even if it holds your own address or a verified bot, or is very wide")
      .option("--yes", "do not ask, even if it holds good clients; where nobody can be asked, these need it");
  else verb.addHelpText("after", `\n${isOfBot ? meaningOfBots : meaningOfAllowlist}`);
  verb.action(
    cli.act(async (session, written: string, { name, reason, ttl, force, yes }: Options) => {
      const { cidr, notes } = clientsWritten(written);
      const rule: NewBlacklistRule & { readonly name?: string } = {
        cidr,
        ...(name === undefined ? {} : { name }),
        reason,
        ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
        ...(force ? { force } : {}),
      };
      const heeded = list !== "blacklist" || yes ? ok(null) : await heedBan(session, rule);
      if (!heeded.ok) return heeded;
      const entry = await session.client.send("POST", `/${list}`, addressRuleDetailSchema, rule);
      if (!entry.ok) return entry;
      // What speaks against a ban was shown before.
      const warnings = list === "blacklist" ? [] : warningLines(entry.value.warnings ?? []);
      const text = [addressColumns([entry.value]), ...notes, ...overlapLines(list, entry.value), ...warnings].join(
        "\n",
      );
      return ok({ json: entry.value, text });
    }),
  );
}

async function heedBan(
  session: Session,
  { cidr, reason, ttlSeconds = DEFAULT_BLACKLIST_TTL_SECONDS, force = false }: NewBlacklistRule,
): Promise<Result<null, Failure>> {
  const createdAt = session.terminal.now();
  const rule = { reason, createdAt, expiresAt: createdAt + ttlSeconds * 1000 };
  const forecast = await foresee(session, { blacklist: { [cidr]: rule } });
  if (!forecast.ok) return forecast;
  const { changes, warnings } = forecast.value;
  if (warnings.some(({ code }) => code === "expired"))
    return heed(session, { changes, warnings: [behind] }, `Ban ${cidr} all the same?`);
  // Without force the ban is refused, with it somebody means it.
  const isHazard = ({ code }: TableWarning) => HAZARDS.includes(code);
  if (!force && warnings.some(isHazard)) return ok(null);
  return heed(
    session,
    { changes, warnings: warnings.filter((warning) => !isHazard(warning)) },
    `Ban ${cidr} all the same?`,
  );
}

const HAZARDS: readonly TableWarning["code"][] = ["own-address", "too-wide", "verified-bot"];

/** The API has left out what it was asked about, as over already, and bans by its own clock. */
const behind: TableWarning = {
  code: "good-clients-unknown",
  path: "",
  detail: "whom it would meet is not known, as the clock here is behind that of the API",
  counts: null,
};

/** Not a required option of commander, which would miss it before the address. */
function refuseWithoutReason(command: Command): void {
  if (command.opts<Partial<Options>>().reason === undefined) command.error("error: expected --reason <text>");
}

function refuseWithoutName(command: Command): void {
  if (command.opts<Partial<Options>>().name === undefined) command.error("error: expected --name <bot>");
}

function parseTtl(text: string): number {
  const seconds = parseDuration(text);
  if (seconds < 1 || seconds > MAX_TTL_SECONDS)
    throw new InvalidArgumentError(`Expected 1s to ${MAX_TTL_SECONDS / 86_400}d.`);
  return seconds;
}
