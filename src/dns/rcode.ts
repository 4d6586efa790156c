/** Response codes (RFC 1035, section 4.1.1; RFC 6891, section 9); 12 bits with EDNS. */
export const NOERROR = 0;
export const FORMERR = 1;
export const SERVFAIL = 2;
export const NXDOMAIN = 3;
export const NOTIMP = 4;
export const REFUSED = 5;
export const BADVERS = 16;

export type Rcode =
  | typeof NOERROR
  | typeof FORMERR
  | typeof SERVFAIL
  | typeof NXDOMAIN
  | typeof NOTIMP
  | typeof REFUSED
  | typeof BADVERS;
