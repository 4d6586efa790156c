import type { Context } from "hono";
import type { Ip } from "../../src/base/ip.ts";
import type { Identity } from "./identity.ts";

/** What is known of a request besides the request itself. */
export interface ControlEnv {
  Variables: {
    readonly requestId: string;
    readonly address: Ip;
    /** From where authentication has ended on. */
    readonly identity: Identity;
  };
}
export type ControlContext = Context<ControlEnv>;
