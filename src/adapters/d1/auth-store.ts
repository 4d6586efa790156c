import type { AuthStore } from "../../auth/store.ts";
import { d1Accounts } from "./accounts.ts";
import { d1Attempts } from "./attempts.ts";
import { d1Networks } from "./networks.ts";
import { d1Passkeys } from "./passkeys.ts";
import { d1Roles } from "./roles.ts";
import { d1Sessions } from "./sessions.ts";
import { d1Tokens } from "./tokens.ts";

/** All that is kept of who may use the control plane. */
export const d1AuthStore = (db: D1Database): AuthStore => ({
  accounts: d1Accounts(db),
  roles: d1Roles(db),
  sessions: d1Sessions(db),
  tokens: d1Tokens(db),
  passkeys: d1Passkeys(db),
  attempts: d1Attempts(db),
  networks: d1Networks(db),
});
