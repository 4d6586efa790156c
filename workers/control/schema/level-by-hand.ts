import type { DefenceLevel } from "../../../src/table/defence.ts";

/** What each level means that a person sets, for all requests of a service: see `src/shield/defence`. */
export const byHand: Readonly<Record<DefenceLevel, string>> = {
  observe: "nothing is done",
  limit:
    "each client gets a tenth of the least rate limit that is by its address alone and for the whole service, and 100 req/s at most",
  challenge: "everybody but verified bots has to meet the challenge first, programs get 429",
  block: "everybody is refused but the allowlist",
};

export const restsByHand =
  "With a level by hand, levels against attacks by what they look like rest, and so do bans of who takes part in one; those of rate limits (banAfterSeconds) go on. auto brings both back.";
