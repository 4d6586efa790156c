import { deleteAttacksBefore, keepAttacks } from "../../src/adapters/d1/attacks.ts";
import { deleteBansBefore, keepBans } from "../../src/adapters/d1/bans.ts";
import { deleteAlertsBefore, keepAlerts } from "../../src/adapters/d1/shield-alerts.ts";
import { type Consignor, consignor } from "../courier.ts";
import type { Alerts } from "./alerts.ts";
import type { Attacks } from "./attacks.ts";
import type { Bans } from "./bans.ts";

/** Of each kind in one flush. An attack's record may have 150 KB, and D1 takes 2 MB at once. */
const FLUSH_ATTACKS = 10;
const FLUSH_ROWS = 200;

interface Kept {
  readonly attacks: Attacks;
  readonly bans: Bans;
  readonly alerts: Alerts;
}

/** The records of which D1 has copies. */
export const consignorsOf = ({ attacks, bans, alerts }: Kept): readonly Consignor[] => [
  consignor(attacks, FLUSH_ATTACKS, (db, waiting) => keepAttacks(db, waiting.map(recordOf)), deleteAttacksBefore),
  consignor(bans, FLUSH_ROWS, (db, waiting) => keepBans(db, waiting.map(banOf)), deleteBansBefore),
  consignor(alerts, FLUSH_ROWS, keepAlerts, deleteAlertsBefore),
];

const recordOf = ({ record }: ReturnType<Attacks["waiting"]>[number]) => record;
const banOf = ({ ban }: ReturnType<Bans["waiting"]>[number]) => ban;
