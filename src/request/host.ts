import { z } from "zod";

/** RFC 1035, section 2.3.4, and the port that a client may write after it. */
const MAX_HOST = 253 + ":65535".length;

/** A host as a request names it: a name in ASCII, a v4 address, or a v6 one in brackets; with or without a port. */
export const hostSchema = z
  .string()
  .max(MAX_HOST)
  .toLowerCase()
  .regex(
    /^(([a-z0-9_-]+\.)*[a-z0-9_-]+\.?|\[[0-9a-f:.]+\])(:\d{1,5})?$/,
    "expected a host, such as api.example.com; names beyond ASCII in Punycode",
  );
