import type { Command } from "commander";
import { counted } from "../../../src/base/counted.ts";
import { ok } from "../../../src/base/result.ts";
import { type ShieldStatusReply, shieldStatusSchema } from "../../../workers/control/schema/mitigation.ts";
import { attackColumns } from "../attack-report.ts";
import type { Cli } from "../cli.ts";
import { columns, printable } from "../columns.ts";
import { defenceWords } from "../defence-words.ts";
import { formatDuration } from "../duration.ts";
import { roundedFigure } from "../rounded-figures.ts";
import { watchable, watched } from "../watched.ts";

export function declareShieldStatus(group: Command, cli: Cli): void {
  watchable(cli.verb(group, "status"))
    .description("levels, open attacks, bans, and what waits for people")
    .action(
      cli.act(
        watched(async ({ client }, _options: object) => {
          const status = await client.get("/shield/status", shieldStatusSchema);
          return status.ok ? ok({ json: status.value, text: report(status.value) }) : status;
        }),
      ),
    );
}

/** What is under attack, what is done, and what waits for people, in this order; then the rest, and each attack and service. */
function report(status: ShieldStatusReply): string {
  const { services, policies, mitigator, detector, blacklist } = status;
  const lines = [
    ["attacks", attackWords(mitigator)],
    [
      "done",
      `${counted(policies.enforced, "policy", "policies")} enforced, ${policies.logging} only counted; ${defenceWords(status)}`,
    ],
    ["refused", refusedWords(status)],
    ["limits", limitWords(status)],
    ["bans", `${blacklist.shield} by the shield, ${blacklist.people} by people`],
    ["for you", waitingWords(status)],
    ...(mitigator === null ? [] : [["clients", clientWords(mitigator.goodClients)]]),
    ...(mitigator === null || isIdle(mitigator.waiting) ? [] : [["late", lateWords(mitigator.waiting)]]),
    ["detector", detector === null ? "not known: it cannot be reached" : detectorWords(detector)],
  ].map(([name = "", words = ""]) => `${name.padEnd(9)} ${words}`);
  const rows = services.map(({ service, mode, level, most, automatic }) => [
    service,
    level,
    mode === "auto" ? `auto, at most ${most}` : "by hand",
    automatic === null ? "-" : `${automatic.level} since ${automatic.since} (${automatic.attack})`,
  ]);
  const open = mitigator === null || mitigator.attacks.length === 0 ? [] : [attackColumns(mitigator.attacks)];
  const table = rows.length === 0 ? [] : [columns(["SERVICE", "LEVEL", "SET", "AUTOMATIC"], rows)];
  return [lines.join("\n"), ...open, ...table].join("\n\n");
}

/** By what refused them, the most first. */
function refusedWords({ refused, detector }: ShieldStatusReply): string {
  if (refused === null) return `not known: the detector ${detector === null ? "cannot be reached" : "does not tell"}`;
  const words = Object.entries(refused)
    .sort(([, a], [, b]) => b - a)
    .map(([how, requests]) => `${requests} ${how}`);
  return printable(`${words.join(", ") || "nothing"} in the last minute`);
}

/** Of policies that met anybody, those that met the most first. */
function limitWords({ limits, detector }: ShieldStatusReply): string {
  if (limits === null) return `not known: the detector ${detector === null ? "cannot be reached" : "does not tell"}`;
  const met = limits
    .map(({ policy, passed, limited, wouldLimit }) => ({
      hits: limited + wouldLimit,
      words: [
        ...(limited === 0 ? [] : [`${policy} limited ${limited}`]),
        ...(wouldLimit === 0 ? [] : [`${policy} would have limited ${wouldLimit}`]),
      ].map((word) => `${word} of ${passed + limited + wouldLimit}`),
    }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits);
  const words = met.slice(0, MAX_LIMITS_SHOWN).flatMap((each) => each.words);
  if (met.length > MAX_LIMITS_SHOWN) words.push(`${met.length - MAX_LIMITS_SHOWN} more`);
  return printable(`${words.join(", ") || "nobody was over one"} in the last hour`);
}

const MAX_LIMITS_SHOWN = 8;

type Mitigator = NonNullable<ShieldStatusReply["mitigator"]>;

function attackWords(mitigator: Mitigator | null): string {
  if (mitigator === null) return "not known: the mitigator cannot be reached";
  const { attacks } = mitigator;
  if (attacks.length === 0) return "none";
  const ongoing = attacks.filter(({ state }) => state === "ongoing").length;
  const services = [...new Set(attacks.map(({ service }) => service))].sort().join(", ");
  return printable(`${ongoing} ongoing, ${attacks.length - ongoing} subsiding, on ${services}`);
}

function waitingWords({ mitigator, services }: ShieldStatusReply): string {
  if (mitigator === null) return "not known: the mitigator cannot be reached";
  const { proposals, attacks } = mitigator;
  const unmet = attacks.filter(
    ({ state, direction, severity, level }) =>
      state === "ongoing" && direction === "flood" && severity !== "minor" && level === "observe",
  );
  const words = [
    ...(proposals === 0 ? [] : [`proposed bans: ${proposals} (novacron shield proposals)`]),
    ...unmet.map(({ id, service }) => {
      const set = services.find((each) => each.service === service);
      const isByHand = set !== undefined && set.mode !== "auto";
      const done = isByHand ? `nothing but ${set.mode} by hand` : "nothing";
      return `${done} is done about ${id} (novacron shield attacks ${id})`;
    }),
  ];
  return words.length === 0 ? "nothing waits" : printable(words.join("; "));
}

const clientWords = ({ known, touched, mayTouch }: Mitigator["goodClients"]): string =>
  `${counted(Math.round(known), "good one")} known; the shield's bans touch ${roundedFigure(touched)} of them, at most ${roundedFigure(mayTouch)}`;

const isIdle = ({ bans, defences }: Mitigator["waiting"]): boolean => bans + defences === 0;

const lateWords = ({ bans, defences, failures }: Mitigator["waiting"]): string =>
  `the table has not taken ${counted(bans, "ban")} and ${counted(defences, "defence")} yet${failures === 0 ? "" : `, and did not answer ${counted(failures, "time")}`}`;

/** Of which services it may call anything an attack. */
function detectorWords(readings: NonNullable<ShieldStatusReply["detector"]>): string {
  if (readings.length === 0) return "has seen no traffic";
  const learning = readings.filter(({ mayAct }) => !mayAct);
  const acting = `may act on ${readings.length - learning.length} of ${counted(readings.length, "service")}`;
  const shown = learning.slice(0, MAX_LEARNING_SHOWN);
  const names = shown.map(({ service, observedSeconds }) => `${service} (seen for ${formatDuration(observedSeconds)})`);
  if (learning.length > shown.length) names.push(`${learning.length - shown.length} more`);
  return names.length === 0 ? acting : `${acting}; still learns ${names.join(", ")}`;
}

const MAX_LEARNING_SHOWN = 5;
