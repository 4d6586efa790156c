import { toUtf8 } from "../../src/base/utf8.ts";

/** Up to the flags, of which the first of all says that signatures are wanted. */
const OPT_BYTES = [0, 0, 41, 4, 208, 0, 0];
const CLIENT_SUBNET = 8;

/** A query for a name as a resolver sends it, for a client of a v4 network of 24 bits. */
export function queryBytes(
  name: string,
  type: number,
  network: readonly [number, number, number],
  dnssecOk = false,
): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...toUtf8(label)]);
  const subnet = [0, 1, 24, 0, ...network];
  const option = [0, CLIENT_SUBNET, 0, subnet.length, ...subnet];
  const header = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
  return Uint8Array.of(
    ...header,
    ...labels,
    0,
    0,
    type,
    0,
    1,
    ...OPT_BYTES,
    dnssecOk ? 128 : 0,
    0,
    0,
    option.length,
    ...option,
  );
}
