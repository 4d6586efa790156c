import type { ApplyOptions, RoutingTableApi, TablePatch } from "../../durable-objects/routing-table/api.ts";
import { banNetworks } from "./attack.ts";
import { clients, SERVICES } from "./clients.ts";
import type { Dice } from "./dice.ts";

/** What an operator knows of the table: enough to make changes, good ones and bad ones. */
export interface Known {
  readonly regions: readonly string[];
  readonly backends: readonly string[];
  readonly jurisdictions: readonly string[];
  /** Epochs that were acknowledged, to go back to. */
  readonly epochs: readonly number[];
  /** Addresses that have been seen to attack; none where no attack is to come. */
  readonly suspects: readonly string[];
  readonly now: number;
}

/** A change that somebody asks for, with words for it. */
export interface Wish {
  readonly words: string;
  carryOut(table: RoutingTableApi, options: ApplyOptions): ReturnType<RoutingTableApi["apply"]>;
}

/** Of the wishes of an operator who sees an attack, those that are about it. */
const GUARDING_PART = 0.5;

const POLICIES = ["latency", "weighted", "geo", "round-robin", "least-outstanding", "hash"];

/** Good changes and bad ones: a table must refuse the bad, and whatever it takes must hold. */
export function drawWish(dice: Dice, known: Known): Wish {
  if (known.epochs.length > 2 && dice.chance(0.2)) {
    const to = dice.pick(known.epochs);
    return { words: `rollback to epoch ${to}`, carryOut: (table, options) => table.rollback(to, options) };
  }
  const isGuarding = known.suspects.length > 0 && dice.chance(GUARDING_PART);
  const patch = dice.pick(isGuarding ? GUARDS : PATCHES)(dice, known);
  return { words: `apply ${JSON.stringify(patch)}`, carryOut: (table, options) => table.apply(patch, options) };
}

const PATCHES: readonly ((dice: Dice, known: Known) => TablePatch)[] = [
  (dice, { regions }) => ({ regions: { [dice.pick(regions)]: { weight: dice.pick([0, 1, 50, 100, 1000]) } } }),
  (dice, { regions }) => ({ regions: { [dice.pick(regions)]: { dialPercent: dice.pick([0, 10, 50, 100]) } } }),
  (dice, { regions }) => ({
    regions: { [dice.pick(regions)]: { state: dice.pick(["active", "active", "draining", "maintenance"]) } },
  }),
  (dice, { backends }) => ({ backends: { [dice.pick(backends)]: { weight: dice.pick([0, 20, 100, 500]) } } }),
  (dice, { backends }) => ({
    backends: { [dice.pick(backends)]: { state: dice.pick(["active", "active", "draining", "disabled"]) } },
  }),
  (dice) => ({ services: { [dice.pick(SERVICES)]: { policy: dice.pick(POLICIES) } } }),
  (dice) => ({ services: { [dice.pick(SERVICES)]: { residency: dice.pick(["none", "preferred", "required"]) } } }),
  (dice) => ({ services: { [dice.pick(SERVICES)]: { hedgeAfterMs: dice.pick([null, 200, 800]) } } }),
  (dice) => ({ services: { [dice.pick(SERVICES)]: { retryBudgetPercent: dice.pick([0, 10, 20, 50]) } } }),
  (dice) => ({ services: { [dice.pick(SERVICES)]: { ejectAfterErrors: dice.integer(1, 5) } } }),
  (dice, { regions, jurisdictions }) => ({
    residency: { [dice.pick(jurisdictions)]: { regions: dice.sample(regions, dice.integer(1, regions.length)) } },
  }),
  (dice, { jurisdictions }) => ({ residency: { [dice.pick(jurisdictions)]: null } }),
  (dice, { now }) => ({ blacklist: { [`${dice.pick(clients).address}/32`]: ban(dice, now) } }),
  (dice) => ({ blacklist: { [`${dice.pick(clients).address}/32`]: null } }),
  (dice, { now }) => ({
    allowlist: {
      [`${dice.pick(clients).address}/32`]: { reason: "ours", createdAt: Math.floor(now), expiresAt: null },
    },
  }),
  // Bad ones.
  (dice, { regions }) => ({ regions: { [dice.pick(regions)]: { weight: -1 } } }),
  (dice, { backends }) => ({ backends: { [dice.pick(backends)]: { region: "atlantis" } } }),
  (_, { backends }) => ({ backends: Object.fromEntries(backends.map((id) => [id, { state: "disabled" }])) }),
  (dice, { regions }) => ({ regions: { [dice.pick(regions)]: null } }),
  (dice, { jurisdictions }) => ({ residency: { [dice.pick(jurisdictions)]: { regions: [] } } }),
  () => ({ nonsense: { of: "any kind" } }),
];

const ban = (dice: Dice, now: number) => ({
  reason: "flood",
  createdAt: Math.floor(now),
  expiresAt: dice.chance(0.8) ? Math.floor(now + dice.between(1000, 30_000)) : null,
});

/** Bans by hand, of one or of many, in haste: some hit a partner, who is on the allowlist. */
const GUARDS: readonly ((dice: Dice, known: Known) => TablePatch)[] = [
  (dice, known) => ({ blacklist: { [networkOf(dice, known)]: ban(dice, known.now) } }),
  (dice, known) => ({ blacklist: { [networkOf(dice, known)]: ban(dice, known.now) } }),
  (dice, known) => ({ blacklist: { [networkOf(dice, known)]: null } }),
];

const networkOf = (dice: Dice, { suspects }: Known): string => dice.pick(banNetworks(dice.pick(suspects)));
