import { z } from "zod";
import { readAtMost } from "../../read-at-most.ts";
import { within } from "../../within.ts";

const SITEVERIFY = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const TIMEOUT_MS = 3000;
const MAX_REPLY_BYTES = 10_000;

const replySchema = z.object({ success: z.boolean() });

/** What Cloudflare says of the answer of a widget; `unreachable` where it says nothing that is understood, in time. */
export type Verified = "met" | "not-met" | "unreachable";

/** Cloudflare takes an answer once, and for 300 s. */
export async function verifyTurnstile(
  fetcher: typeof fetch,
  secret: string,
  { solution, address }: { readonly solution: string; readonly address: string },
): Promise<Verified> {
  const body = new URLSearchParams({ secret, response: solution, remoteip: address });
  const verifying = ask(fetcher, body).catch((): Verified => "unreachable");
  return within(verifying, TIMEOUT_MS, "unreachable");
}

async function ask(fetcher: typeof fetch, body: URLSearchParams): Promise<Verified> {
  const response = await fetcher(SITEVERIFY, { method: "POST", body, redirect: "manual" });
  const reply = await readAtMost(response.body, MAX_REPLY_BYTES);
  // It may say with a status of 400 what is wrong with an answer.
  if (response.status >= 500 || reply === null) return "unreachable";
  const { success } = replySchema.parse(JSON.parse(new TextDecoder().decode(reply)));
  return success ? "met" : "not-met";
}
