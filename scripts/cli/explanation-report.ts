import type { Candidate, DecisionTaken, Explanation } from "../../src/telemetry/explanation.ts";
import { columns, printable } from "./columns.ts";
import { endWords, meetingWords, shieldRows } from "./shield-words.ts";

/**
 * An explanation as people read it: the answer first, then each step up to it. `assumed` says how the table differs from
 * the one in force; empty where it does not.
 */
export function explanationReport(explanation: Explanation, assumed = ""): string {
  return [answer(explanation, assumed), steps(explanation), candidateColumns(explanation), course(explanation)]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** `eu-west-1-a in eu-west-1`, or why nobody. */
export function decisionWords(decision: DecisionTaken): string {
  switch (decision.kind) {
    case "chosen":
      return `${decision.backend} in ${decision.region}`;
    case "none-healthy":
      return decision.closed ? "nobody that is healthy takes new clients" : "nobody is healthy";
    case "refused":
      return decision.detail;
    case "blocked":
      return `blocked by ${decision.cidr}`;
    case "no-service":
      return "no service answers";
    case "not-reached":
      return "ended before a decision";
  }
}

function answer({ requestId, at, epoch, stale, decision, shield, course }: Explanation, assumed: string): string {
  const name = requestId === null ? "" : `request ${requestId} of ${new Date(at).toISOString()}\n`;
  const table =
    epoch === null
      ? "no table"
      : `epoch ${epoch}${stale ? ", stale" : ""}${assumed === "" ? "" : `, hypothetical: ${assumed}`}`;
  const last = course?.tries.at(-1);
  const retried = last && decision.kind === "chosen" && last.backend !== decision.backend;
  const then = retried ? `, then ${last.backend} in ${last.region}` : "";
  const status = course === null ? "" : `, answered ${course.status}`;
  const goal = decisionWords(decision);
  const stance = course === null ? (shield?.stance ?? null) : null;
  const became = stance ? meetingWords(stance, decision, goal) : course?.held ? endWords(course) : goal;
  return printableLines(`${name}→ ${became}${then}${status} (${table})`);
}

function steps(explanation: Explanation): string {
  const { request, screening, service, jurisdiction, permitted, shield, plan, draw, bound } = explanation;
  const rows = [
    ["request", `${request.method} ${request.host}${request.path}`.trim()],
    ["client", [request.client, ...placeWords(request.place)].join(" ")],
    [
      "screening",
      screening.kind === "blocked"
        ? `blocked by ${screening.cidr}${screening.reason === null ? "" : `: ${screening.reason}`}`
        : screening.kind,
    ],
    ...(service
      ? [["service", `${service.id}, policy ${service.policy}, sticks by ${service.stickiness}`]]
      : [["service", "-"]]),
    ["residency", residencyWords(service?.residency, jurisdiction, permitted.length)],
    ...(shield === null ? [] : shieldRows(shield)),
    ...(plan
      ? [
          ["plan", `${plan.track} track, health by ${healthWords(explanation, plan.trust)}`],
          ...plan.tiers
            .filter(({ load, panic }) => load < 1 || panic)
            .map((tier) => [
              `tier ${tier.priority}`,
              `${percent(tier.load)} of the traffic${tier.panic ? ", in panic" : ""}`,
            ]),
          ["choice", choiceWords(explanation.decision, draw)],
        ]
      : []),
    ...(bound === null ? [] : [["bound to", bound]]),
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", value = ""]) => printable(`${name.padEnd(width)}  ${value}`)).join("\n");
}

/** Of a request that is only asked about, no edge's ejections are known. */
function healthWords({ requestId, candidates }: Explanation, trust: keyof typeof trustWords): string {
  const knowsEjections = requestId !== null || candidates.some(({ unable }) => unable.ejected !== undefined);
  return trust === "everyone" && !knowsEjections ? "table" : trustWords[trust];
}

const trustWords = {
  everyone: "table and this edge",
  table: "the table alone",
  nobody: "nobody: it fails open",
} as const;

function residencyWords(residency: string | undefined, jurisdiction: string | null, sets: number): string {
  if (residency === undefined) return "-";
  if (jurisdiction === null) return residency;
  return `${residency}, ${jurisdiction}${sets > 1 ? ", then outside" : ""}`;
}

function choiceWords(decision: DecisionTaken, draw: number): string {
  if (decision.kind !== "chosen") return "-";
  const { basis, reason } = decision;
  const by = reason === "canary" ? "canary, " : "";
  switch (basis.kind) {
    case "bound":
      return "by the client's affinity cookie";
    case "draw":
      return `${by}by the draw ${draw.toFixed(4)}`;
    case "key":
      return `${by}by a hash of the ${basis.of}`;
    case "turn":
      return `${by}by turn ${basis.turn}`;
    case "outstanding":
      return `${by}the less busy of ${basis.drawn.map((each) => `${each.backend} (${each.outstanding})`).join(", ")}`;
  }
}

function candidateColumns({ candidates, decision, service, permitted }: Explanation): string {
  if (candidates.length === 0) return "";
  const chosen = decision.kind === "chosen" ? decision.region : null;
  const rows = candidates.map((candidate) => {
    const { region, estimate, backends } = candidate;
    const estimated = `${estimate.ms.toFixed(1)} ±${estimate.deviationMs.toFixed(1)} ms`;
    const source = estimate.samples > 0 ? `${estimate.source} (${Math.round(estimate.samples)})` : estimate.source;
    const standing =
      candidate.kind === "candidate"
        ? [String(candidate.group), percent(candidate.share), `${backends - unableOf(candidate)}/${backends}`]
        : ["-", "-", service === null ? "-" : `0/${backends}`];
    return [region === chosen ? ">" : "", region, estimated, source, ...standing, whyNot(candidate, permitted.flat())];
  });
  return columns(["", "REGION", "ESTIMATE", "SOURCE", "GROUP", "SHARE", "BACKENDS", "REFUSED"], rows);
}

const unableOf = ({ unable }: Candidate): number => Object.values(unable).reduce((sum, count) => sum + count, 0);

/** The rule that refuses a region; of a candidate, what keeps some of its backends out. */
function whyNot(candidate: Candidate, permitted: readonly string[]): string {
  const { failover } = candidate;
  const moved = failover && `failed over to ${failover.targets.join(", ")}`;
  if (candidate.kind === "refused") {
    const { reason, region } = candidate;
    if (reason === "not-reached" && permitted.includes(region)) return "permitted, but not reached";
    return reason === "failed-over" ? (moved ?? "") : reason;
  }
  return [
    ...Object.entries(candidate.unable).map(([reason, count]) => `${count} ${reason}`),
    ...(failover ? [`${moved}, but for ${failover.percent}%`] : []),
  ].join(", ");
}

function course({ course, decision }: Explanation): string {
  if (course === null) return "";
  const { tries, gaveUp, hedges, totalMs, backendMs, shed } = course;
  const chosen = decision.kind === "chosen" ? decision.backend : undefined;
  const rows = tries.map(({ region, backend, ms, error, status }, i) => [
    String(i + 1),
    backend,
    region,
    `${ms} ms`,
    [error, status].filter((part) => part !== null).join(" "),
    i === 0
      ? backend === chosen
        ? "first choice"
        : "the first choice had no room"
      : `after ${tries[i - 1]?.error ?? "a slow try"}`,
  ]);
  const lines = [
    `${endWords(course)} in ${totalMs} ms${backendMs === null ? "" : `, of them ${backendMs} at the backend`}`,
    ...(shed === undefined ? [] : [`no room for ${shed.priority} requests: ${shed.shortage}`]),
    ...(gaveUp === null ? [] : [`gave up: ${gaveUp}`]),
    ...(hedges === 0 ? [] : [`hedged tries: ${hedges}`]),
  ];
  return [
    ...(rows.length > 0 ? [columns(["TRY", "BACKEND", "REGION", "TOOK", "RESULT", "WHY"], rows), ""] : []),
    ...lines,
  ].join("\n");
}

function placeWords({ colo, country, subdivision, asn }: Explanation["request"]["place"]): string[] {
  const land = subdivision === null ? country : `${country}-${subdivision}`;
  return [colo === null ? null : `at ${colo}`, land, asn === null ? null : `AS${asn}`].filter((part) => part !== null);
}

const percent = (part: number): string => `${(part * 100).toFixed(1)}%`;

const printableLines = (text: string): string => text.split("\n").map(printable).join("\n");
