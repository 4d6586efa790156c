import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { d1AuthStore } from "../../../src/adapters/d1/auth-store.ts";
import { controlDeps } from "../../../workers/control/main.ts";
import { testAuthStore } from "../../ports/auth-store.ts";

const TABLES = ["principal", "role", "challenge", "attempt", "control_network"];

/** What belongs to a principal goes with it. */
const empty = () => env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));

describe("D1", () =>
  testAuthStore(async () => {
    await empty();
    return d1AuthStore(env.DB);
  }));

describe("D1 as the control plane has it, with sealed secrets", () =>
  testAuthStore(async () => {
    await empty();
    return controlDeps(env).auth;
  }));
