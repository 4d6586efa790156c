import { z } from "zod";

/** Of a resolver: over a network in the clear, anybody could say how a zone is delegated. */
export const resolverUrlSchema = z.url({ abort: true }).refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}, "expected https, or http to a loopback address");
