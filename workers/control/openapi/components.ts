import { SESSION_COOKIE } from "../auth/session-cookie.ts";

/** Header fields that operations share. */
export const components = {
  parameters: {
    IfMatch: {
      name: "If-Match",
      in: "header",
      description: "Do it only at this epoch of the table (RFC 9110, section 13.1.1).",
      schema: { type: "string" },
      example: '"17"',
    },
    IfNoneMatch: {
      name: "If-None-Match",
      in: "header",
      description: "Answer 304 at this epoch of the table (RFC 9110, section 13.1.2).",
      schema: { type: "string" },
      example: '"17"',
    },
    IdempotencyKey: {
      name: "Idempotency-Key",
      in: "header",
      description: "Carry it out once: for a day, a repetition under the same key gets the first answer.",
      schema: { type: "string", minLength: 1, maxLength: 257 },
      example: "0b4e7c1a",
    },
  },
  headers: {
    ETag: { required: true, description: "The table's epoch, quoted.", schema: { type: "string" } },
    Location: { required: true, description: "Where what was made is.", schema: { type: "string" } },
  },
  securitySchemes: {
    bearer: { type: "http", scheme: "bearer", description: "A token or a session (RFC 6750)." },
    cookie: {
      type: "apiKey",
      in: "cookie",
      name: SESSION_COOKIE,
      description: "A session of a browser; whatever is no GET carries its X-CSRF-Token too.",
    },
  },
} as const;

export const parameters = {
  ifMatch: { $ref: "#/components/parameters/IfMatch" },
  ifNoneMatch: { $ref: "#/components/parameters/IfNoneMatch" },
  idempotencyKey: { $ref: "#/components/parameters/IdempotencyKey" },
} as const;

export const headers = {
  etag: { $ref: "#/components/headers/ETag" },
  location: { $ref: "#/components/headers/Location" },
} as const;
