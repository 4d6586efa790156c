import { err, ok, type Result } from "../base/result.ts";
import type { Sliced } from "../base/sliced.ts";
import { decodeAddresses, encodeAddresses } from "./address-block.ts";
import type { AddressChange } from "./address-columns.ts";
import { decodeEntries, encodeEntries } from "./entries.ts";
import { type Block, openFrame, sealFrame } from "./frame.ts";
import { type Entries, type Part, parts } from "./part.ts";
import { SHAPES } from "./shapes.ts";
import { type AddressSection, isAddressSection } from "./table.ts";
import type { Update } from "./update.ts";

/** How the bytes of a block are written. */
const ENTRIES = "entries";
const NETWORKS = "networks";

export function encodeUpdate({ from, epoch, entries, addresses }: Update): Uint8Array {
  const blocks: Block[] = [];
  for (const [name, changed] of entries)
    blocks.push({ name, kind: ENTRIES, bytes: from === null ? keptEntries(changed) : encodeEntries(changed) });
  for (const [name, change] of addresses) blocks.push({ name, kind: NETWORKS, bytes: encodeAddresses(change) });
  return sealFrame({ from, epoch, shapes: SHAPES, blocks });
}

/** The error says what is wrong and where. Never throws, whatever it is given. */
export function* decodeUpdate(encoded: unknown): Sliced<Result<Update, string>> {
  const frame = yield* openFrame(encoded);
  if (!frame.ok) return frame;
  const entries = new Map<Part, Entries>();
  const addresses = new Map<AddressSection, AddressChange>();
  const areChecked = frame.value.shapes === SHAPES;
  for (const { name, kind, bytes } of frame.value.blocks) {
    if (!isPart(name)) continue;
    if (kind === ENTRIES) {
      const read = yield* decodeEntries(name, bytes, areChecked);
      if (!read.ok) return read;
      entries.set(name, read.value);
    } else if (kind === NETWORKS && isAddressSection(name)) {
      const read = yield* decodeAddresses(name, bytes);
      if (!read.ok) return read;
      addresses.set(name, read.value);
    } else return err(`${name}: written as ${kind}, which this reader does not know`);
  }
  return ok({ from: frame.value.from, epoch: frame.value.epoch, entries, addresses });
}

const isPart = (name: string): name is Part => (parts as readonly string[]).includes(name);

/** Maps are immutable, so the bytes of a whole one are worth keeping as long as the map is. */
const kept = new WeakMap<Entries, Uint8Array>();

function keptEntries(entries: Entries): Uint8Array {
  let bytes = kept.get(entries);
  if (bytes === undefined) {
    bytes = encodeEntries(entries);
    kept.set(entries, bytes);
  }
  return bytes;
}
