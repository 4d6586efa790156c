import { z } from "zod";

/** What every reply of the API is in (developers.cloudflare.com/fundamentals/api/how-to/make-api-calls). */
export const envelopeSchema = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.int(), message: z.string() })),
  result: z.unknown(),
  result_info: z.object({ page: z.int(), per_page: z.int(), count: z.int(), total_count: z.int() }).partial().nullish(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** Why the API has not done what it was asked. */
export type ApiFailure =
  | { readonly kind: "refused"; readonly status: number; readonly errors: readonly ApiError[] }
  /** Too many calls, for longer than we wait. */
  | { readonly kind: "rate-limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "unreachable"; readonly detail: string }
  /** Something answers, though not as this API does. */
  | { readonly kind: "bad-reply"; readonly status: number };

export interface ApiError {
  readonly code: number;
  readonly message: string;
}

export function explainApiFailure(failure: ApiFailure): string {
  switch (failure.kind) {
    case "refused":
      return `Cloudflare refuses (${failure.status}): ${failure.errors.map(({ code, message }) => `${message} [${code}]`).join("; ")}`;
    case "rate-limited":
      return `Cloudflare takes no more calls for ${failure.retryAfterSeconds} s`;
    case "unreachable":
      return `Cloudflare's API cannot be reached: ${failure.detail}`;
    case "bad-reply":
      return `what answers ${failure.status} is not Cloudflare's API`;
  }
}
