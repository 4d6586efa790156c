import { z } from "zod";

const fieldErrorSchema = z.object({ path: z.string(), detail: z.string() });
export type FieldErrorReply = z.infer<typeof fieldErrorSchema>;

/** A refusal (RFC 9457). Readers pass over members that they do not know, as its section 3.2 asks. */
export const problemSchema = z
  .object({
    status: z.int(),
    type: z.string(),
    title: z.string(),
    detail: z.string().optional(),
    requestId: z.string().optional(),
    errors: z.array(fieldErrorSchema).optional(),
    challenge: z
      .object({
        kind: z.literal("second-factor"),
        path: z.string(),
        methods: z.array(z.string()),
        maxAgeSeconds: z.number(),
      })
      .optional(),
  })
  .meta({ id: "Problem" });
export type ProblemReply = z.infer<typeof problemSchema>;
