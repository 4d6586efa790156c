import { z } from "zod";
import { FRAME_VERSION } from "./frame.ts";
import { entriesOf } from "./part.ts";
import type { PublishedTable } from "./table.ts";
import { partsOf, type Scope, scopes, type Touched, updateSince, wholeUpdate } from "./update.ts";
import { encodeUpdate } from "./update-codec.ts";

/** What a reader says of itself. */
export interface SnapshotRequest {
  /** The versions of frames that it reads. */
  readonly reads: readonly number[];
  readonly scope: Scope;
  /** The epoch that it holds; `null` when it holds none. */
  readonly have: number | null;
}

const requestSchema: z.ZodType<SnapshotRequest> = z.object({
  reads: z.array(z.int()).max(100),
  scope: z.enum(scopes),
  have: z.int().min(0).nullable(),
});

/** `encoded` is a frame, read by `decodeUpdate`. */
export type SnapshotReply =
  | { readonly kind: "unchanged"; readonly epoch: number }
  | { readonly kind: "delta"; readonly epoch: number; readonly from: number; readonly encoded: Uint8Array }
  | { readonly kind: "table"; readonly epoch: number; readonly encoded: Uint8Array }
  | { readonly kind: "refused"; readonly detail: string };

/** Bytes of replies that are kept, with the newest of them whatever its size. */
const MAX_KEPT_BYTES = 16_000_000;

/** Answers readers of the table. Readers hold few different epochs, so replies are kept until there is a new one. */
export class Publisher {
  #epoch = -1;
  readonly #kept = new Map<string, SnapshotReply & { readonly encoded: Uint8Array }>();

  /** `touchedSince` names what may have changed since an epoch; `null` when that is not known any more. */
  answer(request: unknown, published: PublishedTable, touchedSince: (from: number) => Touched | null): SnapshotReply {
    const read = requestSchema.safeParse(request);
    if (!read.success) return { kind: "refused", detail: `the request is malformed: ${z.prettifyError(read.error)}` };
    const { reads, scope, have } = read.data;
    if (!reads.includes(FRAME_VERSION)) return { kind: "refused", detail: unreadable(reads) };
    const { epoch } = published;
    if (have === epoch) return { kind: "unchanged", epoch };
    if (this.#epoch !== epoch) this.#kept.clear();
    this.#epoch = epoch;
    const touched = have === null || have > epoch ? null : touchedSince(have);
    const from = touched !== null && countOf(touched, scope) < sizeOf(published, scope) ? have : null;
    const key = `${scope} ${from}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const reply =
      from === null || touched === null
        ? ({ kind: "table", epoch, encoded: encodeUpdate(wholeUpdate(published, scope)) } as const)
        : ({
            kind: "delta",
            epoch,
            from,
            encoded: encodeUpdate(updateSince(from, touched, published, scope)),
          } as const);
    this.#keep(key, reply);
    return reply;
  }

  #keep(key: string, reply: SnapshotReply & { readonly encoded: Uint8Array }): void {
    let bytes = reply.encoded.length;
    for (const { encoded } of this.#kept.values()) bytes += encoded.length;
    for (const [oldest, { encoded }] of this.#kept) {
      if (bytes <= MAX_KEPT_BYTES) break;
      this.#kept.delete(oldest);
      bytes -= encoded.length;
    }
    this.#kept.set(key, reply);
  }
}

const unreadable = (reads: readonly number[]) =>
  `the table is written in version ${FRAME_VERSION}; this reader reads ${reads.join(", ") || "none"}`;

/** Compared by entries: to encode the whole table only for its length would cost more than it could save. */
function countOf(touched: Touched, scope: Scope): number {
  return partsOf(scope).reduce((sum, part) => sum + (touched.get(part)?.size ?? 0), 0);
}

function sizeOf(published: PublishedTable, scope: Scope): number {
  return partsOf(scope).reduce((sum, part) => sum + entriesOf(published, part).size, 0);
}
