import type { Course, DecisionTaken, ShieldTold } from "../../src/telemetry/explanation.ts";
import { matchWords, rate } from "./attack-report.ts";

type Stance = NonNullable<ShieldTold["stance"]>;

/** `block by hand`, `challenge for attack a-1`. */
const stanceWords = (stance: Stance): string =>
  `${stance.level} ${stance.kind === "by-hand" ? "by hand" : `for attack ${stance.attack}`}`;

/** What a request meets before it is routed, and what becomes of it if it passes; `goal` is where it would go then. */
export function meetingWords(stance: Stance, decision: DecisionTaken, goal: string): string {
  const goes = decision.kind === "chosen" ? `goes to ${goal}` : `finds that ${goal}`;
  switch (stance.level) {
    case "block":
      return `403, ${stanceWords(stance)}; a request that passed ${goes}`;
    case "challenge":
      return `429, ${stanceWords(stance)}; who has met one ${goes}`;
    case "limit": {
      const whose = stance.kind === "by-hand" ? "from each client" : "of all such requests together";
      return `${stanceWords(stance)}: beyond ${rate(stance.perSecond ?? 0)}/s ${whose} 429; what passes ${goes}`;
    }
  }
}

const does = { block: "", challenge: " (challenges)", log: " (only counts)" } as const;

/** What the shield does at the service, and for this request. */
export function shieldRows(shield: ShieldTold): [name: string, words: string][] {
  const { limits } = shield;
  const names = limits.map(({ id, action, shadow }) => (shadow ? `${id} (shadow)` : `${id}${does[action]}`));
  const applying = names.length === 0 ? "none" : `${names.join(", ")}; how full their buckets are, only edges know`;
  return [
    ["shield", levelWords(shield)],
    ["limits", applying],
  ];
}

function levelWords({ mode, most, defence, stance, allowlisted }: ShieldTold): string {
  if (mode === "observe") return "observe by hand: it only looks";
  if (mode === "auto" && defence === null) return "auto, and no attack asks for anything";
  if (allowlisted !== null) {
    const spared = mode === "auto" ? `auto, attack ${defence?.attack}` : `${mode} by hand`;
    return `${spared}, which it does not meet: ${allowlisted} is on the allowlist`;
  }
  if (mode !== "auto" || defence === null) return `${mode} by hand`;
  const all = defence.signatures.map((match) => matchWords(match));
  if (stance?.kind === "signature") return `auto, ${stanceWords(stance)}: ${all[stance.signature]}`;
  if (most === "observe") return `auto, at most observe: attack ${defence.attack} is only looked at`;
  return `auto, attack ${defence.attack} at ${defence.level}, of which it has no signature: ${all.join("; ")}`;
}

/** `challenged for attack a-1`, `limited by per-client`. */
export function endWords({ outcome, limit, held }: Pick<Course, "outcome" | "limit" | "held">): string {
  switch (held?.kind) {
    case undefined:
      return limit === undefined ? outcome : `${outcome} by ${limit}`;
    case "by-hand":
      return `${outcome} by hand`;
    case "attack":
      return `${outcome} for attack ${held.attack}`;
    case "limit":
      return `${outcome} by ${held.limit}`;
    case "too-many-waiting":
      return `${outcome}: the client had ${held.most} in progress`;
    case "challenge-failed":
      return `${outcome}: ${held.reason}`;
  }
}
