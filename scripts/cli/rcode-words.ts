/** RFC 1035, section 4.1.1; RFC 6891, section 9. */
const RCODES: ReadonlyMap<number, string> = new Map([
  [0, "NOERROR"],
  [1, "FORMERR"],
  [2, "SERVFAIL"],
  [3, "NXDOMAIN"],
  [4, "NOTIMP"],
  [5, "REFUSED"],
  [16, "BADVERS"],
]);

export const rcodeWords = (rcode: number): string => RCODES.get(rcode) ?? `RCODE${rcode}`;
