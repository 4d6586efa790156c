import type { Edns } from "./edns.ts";
import type { Name } from "./name.ts";
import type { Rcode } from "./rcode.ts";
import type { RecordType } from "./record-type.ts";

export interface Question {
  readonly name: Name;
  /** The name as it was asked, uncompressed, with its capitals, which come back in the response (0x20). */
  readonly asked: Uint8Array;
  readonly type: RecordType;
  readonly class: number;
}

/** What of a query's header comes back in the response. */
export interface QueryHead {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
}

/** What is asked, as far as it could be read. */
export interface Asked {
  readonly question: Question | null;
  readonly edns: Edns | null;
}

export interface Query extends Asked {
  readonly head: QueryHead;
  readonly question: Question;
}

/** A packet that is not answered from the zones. */
export type Unanswerable =
  /** Nothing is sent back: a response, which would answer itself for ever, or too short for a header. */
  | { readonly kind: "dropped"; readonly reason: string }
  | (Asked & {
      readonly kind: "refused";
      readonly head: QueryHead;
      readonly rcode: Rcode;
      readonly reason: string;
    });
