import { z } from "zod";
import { checksum } from "../base/checksum.ts";
import { err, ok, type Result } from "../base/result.ts";
import { atOnce, type Sliced } from "../base/sliced.ts";
import { fromUtf8, toUtf8 } from "../base/utf8.ts";

/**
 * How the table travels, whole or as what has changed since an epoch: five words (little-endian), a header of JSON,
 * and blocks of bytes.
 *
 *     magic, version, checksum of all that follows it, bytes of the header, bytes in all
 *     {"from": epoch or null, "epoch": …, "shapes": …, "blocks": [{"name": …, "kind": …, "bytes": …}, …]}
 *
 * Deployments are rolling: a newer writer may add fields to the header, and blocks, which are passed over. A change
 * that an older reader would misread takes a new version, which it refuses. Version 1 was text.
 */
export const FRAME_VERSION = 2;

export interface Block {
  readonly name: string;
  /** What the bytes are. */
  readonly kind: string;
  readonly bytes: Uint8Array;
}

export interface Frame {
  /** The epoch whose table it changes; `null` when it holds a whole table. */
  readonly from: number | null;
  readonly epoch: number;
  /** By which schemas the writer has checked the entities (`SHAPES`); `null` when it does not say. */
  readonly shapes: number | null;
  readonly blocks: readonly Block[];
}

/** `nctb` as it is read in the file. */
const MAGIC = 0x6274636e;
const PRELUDE_BYTES = 20;
/** Where the checksum's own word ends. */
const CHECKED_FROM = 12;
/** A header names two dozen blocks. */
const MAX_HEADER_BYTES = 65_536;

const epochSchema = z.int().min(0);
const headerSchema = z.object({
  from: epochSchema.nullable(),
  epoch: epochSchema,
  shapes: z.number().nullable().default(null),
  blocks: z.array(z.object({ name: z.string(), kind: z.string(), bytes: epochSchema })),
});

export function sealFrame({ blocks, ...rest }: Frame): Uint8Array {
  const sizes = blocks.map(({ name, kind, bytes }) => ({ name, kind, bytes: bytes.length }));
  return sealBlocks({ ...rest, blocks: sizes } satisfies z.infer<typeof headerSchema>, blocks);
}

/** The frame of a header that may be any JSON. */
export function sealBlocks(header: object, blocks: readonly Block[], version = FRAME_VERSION): Uint8Array {
  const head = toUtf8(JSON.stringify(header));
  const total = blocks.reduce((sum, { bytes }) => sum + bytes.length, PRELUDE_BYTES + head.length);
  const frame = new Uint8Array(total);
  frame.set(head, PRELUDE_BYTES);
  let at = PRELUDE_BYTES + head.length;
  for (const { bytes } of blocks) {
    frame.set(bytes, at);
    at += bytes.length;
  }
  const prelude = new DataView(frame.buffer);
  for (const [word, value] of [MAGIC, version, 0, head.length, total].entries())
    prelude.setUint32(word * 4, value, true);
  prelude.setUint32(8, atOnce(checksum(frame.subarray(CHECKED_FROM))), true);
  return frame;
}

/** The error says what is wrong. Never throws, whatever it is given. Blocks are views of the frame. */
export function* openFrame(frame: unknown): Sliced<Result<Frame, string>> {
  if (!(frame instanceof Uint8Array)) return err("expected bytes");
  if (frame.length < PRELUDE_BYTES) return err(`cut off: ${frame.length} bytes`);
  const prelude = new DataView(frame.buffer, frame.byteOffset);
  const [magic, version, sum, headBytes = 0, total] = [0, 4, 8, 12, 16].map((at) => prelude.getUint32(at, true));
  if (magic !== MAGIC) return err("no table: it begins otherwise");
  if (version !== FRAME_VERSION) return err(`written in version ${version}; this reader reads ${FRAME_VERSION}`);
  if (total !== frame.length) return err(`cut off: ${frame.length} bytes of ${total}`);
  if (sum !== (yield* checksum(frame.subarray(CHECKED_FROM)))) return err("damaged: the checksum differs");
  if (headBytes > Math.min(MAX_HEADER_BYTES, total - PRELUDE_BYTES)) return err(`header: ${headBytes} bytes`);
  const contentFrom = PRELUDE_BYTES + headBytes;
  const header = headerSchema.safeParse(parseJson(fromUtf8(frame.subarray(PRELUDE_BYTES, contentFrom))));
  if (!header.success) return err(`header: ${z.prettifyError(header.error)}`);
  const { blocks: sizes, ...rest } = header.data;
  const blocks: Block[] = [];
  let at = contentFrom;
  for (const { name, kind, bytes } of sizes) {
    if (at + bytes > total) return err(`block ${name}: it ends past the frame`);
    blocks.push({ name, kind, bytes: frame.subarray(at, at + bytes) });
    at += bytes;
  }
  return ok({ ...rest, blocks });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
