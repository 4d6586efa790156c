import type { Context } from "hono";
import type { Principal } from "./principal.ts";

/** What is known of a request besides the request itself. */
export interface ControlEnv {
  Variables: {
    readonly requestId: string;
    /** From where authentication has succeeded on. */
    readonly principal: Principal;
  };
}
export type ControlContext = Context<ControlEnv>;
