/** A COOKIE option of a query (RFC 7873, section 4): the client's 8 bytes, or these and 8 to 32 of a server's. */
export const isCookie = ({ length }: Uint8Array): boolean => length === 8 || (length >= 16 && length <= 40);
