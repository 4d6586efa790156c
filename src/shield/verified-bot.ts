import type { Ip } from "../base/ip.ts";
import type { Snapshot } from "../table/snapshot.ts";

/** Whether a client is a verified bot. To be asked only where a challenge or a block is at stake: it is one more search. */
export const isVerifiedBot = ({ bots }: Pick<Snapshot, "bots">, client: Ip, now: number): boolean =>
  bots.find(client, now) !== undefined;
