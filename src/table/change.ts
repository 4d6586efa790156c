/** One entity's change. `before` is `null` when it is new, `after` when it goes. */
export interface Change {
  readonly section: string;
  readonly id: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One thing wrong with a proposed change. `path` is a JSON pointer into the patch (RFC 6901). */
export interface Objection {
  readonly code:
    | "invalid"
    | "unknown-section"
    | "unknown-reference"
    | "last-backend"
    | "weights-all-zero"
    | "residency-without-region"
    | "duplicate-route"
    | "outside-zones"
    | "zone-breach"
    | "unaffordable"
    | "too-many";
  readonly path: string;
  readonly detail: string;
}

/** Objections beyond these are not looked for: they would not be read. */
export const MAX_OBJECTIONS = 100;

/** Longer names are cut in pointers: no id is as long, and what is refused must not come back a hundredfold. */
const MAX_SEGMENT_CHARS = 200;

/** A JSON pointer (RFC 6901, section 3). */
export function pointer(segments: readonly PropertyKey[]): string {
  const toToken = (segment: PropertyKey) =>
    String(segment).slice(0, MAX_SEGMENT_CHARS).replaceAll("~", "~0").replaceAll("/", "~1");
  return segments.map((segment) => `/${toToken(segment)}`).join("");
}
