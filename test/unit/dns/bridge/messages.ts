/** DNS messages as bytes, written and read the plain way, so that what is tested is not tested by itself. */
export interface Record {
  readonly name?: string;
  readonly type: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly data?: readonly number[];
}

export interface Message {
  readonly id: number;
  readonly flags: number;
  readonly questions: readonly { readonly name: string; readonly type: number; readonly class?: number }[];
  readonly answers: readonly Record[];
  readonly authorities: readonly Record[];
  readonly additionals: readonly Record[];
}

export const A = 1;
export const SOA = 6;
export const OPT = 41;

const u16 = (value: number) => [value >>> 8, value & 0xff];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];

export const nameBytes = (name: string): number[] => [
  ...name
    .split(".")
    .filter((label) => label !== "")
    .flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]),
  0,
];

/** A record without a name has the question's, by a pointer to it. */
const recordBytes = ({ name, type, class: of = 1, ttl = 0, data = [] }: Record): number[] => [
  ...(name === undefined ? [0xc0, 12] : nameBytes(name)),
  ...u16(type),
  ...u16(of),
  ...u32(ttl),
  ...u16(data.length),
  ...data,
];

export function toBytes(message: Partial<Message>): Uint8Array {
  const { id = 0, flags = 0, questions = [], answers = [], authorities = [], additionals = [] } = message;
  return Uint8Array.from([
    ...u16(id),
    ...u16(flags),
    ...[questions, answers, authorities, additionals].flatMap(({ length }) => u16(length)),
    ...questions.flatMap(({ name, type, class: of = 1 }) => [...nameBytes(name), ...u16(type), ...u16(of)]),
    ...[...answers, ...authorities, ...additionals].flatMap(recordBytes),
  ]);
}

export function fromBytes(bytes: Uint8Array): Message {
  const view = Buffer.from(bytes);
  let at = 12;
  const readName = (): string => {
    const labels: string[] = [];
    for (let from = at, jumped = false; ; ) {
      const length = view.readUInt8(from);
      if (length >= 0xc0) {
        if (!jumped) at = from + 2;
        jumped = true;
        from = view.readUInt16BE(from) & 0x3fff;
      } else if (length === 0) {
        if (!jumped) at = from + 1;
        return labels.join(".");
      } else {
        labels.push(view.toString("latin1", from + 1, from + 1 + length));
        from += length + 1;
      }
    }
  };
  const readRecord = (): Record => {
    const name = readName();
    const [type, of, ttl] = [view.readUInt16BE(at), view.readUInt16BE(at + 2), view.readUInt32BE(at + 4)];
    const end = at + 10 + view.readUInt16BE(at + 8);
    const data = [...view.subarray(at + 10, end)];
    at = end;
    return { name, type, class: of, ttl, data };
  };
  const times = <T>(count: number, read: () => T) => Array.from({ length: count }, read);
  const message = {
    id: view.readUInt16BE(0),
    flags: view.readUInt16BE(2),
    questions: times(view.readUInt16BE(4), () => {
      const name = readName();
      at += 4;
      return { name, type: view.readUInt16BE(at - 4), class: view.readUInt16BE(at - 2) };
    }),
    answers: times(view.readUInt16BE(6), readRecord),
    authorities: times(view.readUInt16BE(8), readRecord),
    additionals: times(view.readUInt16BE(10), readRecord),
  };
  if (at !== view.length) throw new Error(`${view.length - at} bytes after the message`);
  return message;
}

/** An OPT record; options are `[code, bytes]`. */
export const opt = (
  options: readonly (readonly [number, readonly number[]])[] = [],
  { payload = 1232, version = 0, rcode = 0, dnssecOk = false } = {},
): Record => ({
  name: "",
  type: OPT,
  class: payload,
  ttl: ((rcode << 24) | (version << 16) | (dnssecOk ? 0x8000 : 0)) >>> 0,
  data: options.flatMap(([code, value]) => [...u16(code), ...u16(value.length), ...value]),
});

/** The options of a message's OPT record, by their codes; `null` where it has no such record. */
export function optionsOf({ additionals }: Message): { readonly [code: number]: readonly number[] } | null {
  const record = additionals.find(({ type }) => type === OPT);
  if (!record) return null;
  const options: { [code: number]: readonly number[] } = {};
  const data = Buffer.from(record.data ?? []);
  for (let at = 0; at < data.length; at += 4 + data.readUInt16BE(at + 2)) {
    options[data.readUInt16BE(at)] = [...data.subarray(at + 4, at + 4 + data.readUInt16BE(at + 2))];
  }
  return options;
}
