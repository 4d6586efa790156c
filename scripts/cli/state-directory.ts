import type { Terminal } from "./cli.ts";

/** Where the local world keeps what it is, and where who signs in leaves the session. */
export const stateDirectory = (env: Terminal["env"]) => env.NOVACRON_STATE_DIR || ".novacron";
