import type { Unintelligible } from "../../src/request/facts.ts";
import type { NoService, NotPermitted } from "../../src/routing/admit.ts";
import type { NoneHealthy } from "../../src/routing/decide.ts";
import type { Blocked } from "../../src/shield/screen.ts";
import type { BodyTooLarge } from "./body-meter.ts";
import type { Redeemed } from "./challenge/redemption.ts";
import type { BodyTooSlow, Forwarded, ForwardFailed, HeadersTooLarge } from "./forward.ts";
import type { Shed } from "./shaper.ts";
import type { Held } from "./shield.ts";

/** How a request ended: the terminal arms of every stage. */
export type Outcome =
  | Unintelligible
  /** `Host` names no host. */
  | { readonly kind: "bad-url" }
  | { readonly kind: "no-table" }
  /** A bug of ours, which the log has. */
  | { readonly kind: "crashed" }
  | Blocked
  /** A solution of a challenge was handed in. */
  | Redeemed
  | NoService
  | NotPermitted
  | Held
  | NoneHealthy
  | BodyTooLarge
  | Shed
  | BodyTooSlow
  | HeadersTooLarge
  | ForwardFailed
  | Forwarded;
