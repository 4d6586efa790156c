import type { Problem } from "../../problem.ts";
import { type Flaw, MAX_SUBMISSION_BYTES } from "./redemption.ts";

const again = "Please load the page again.";

const failed = (detail: string) => ({
  status: 403,
  type: "/problems/challenge-failed",
  title: "Challenge not met",
  detail: `${detail} ${again}`,
});

/** What is said of a solution that is not taken. A page shows the detail to who waits before it. */
export const flawProblems: Readonly<Record<Flaw, Omit<Problem, "requestId">>> = {
  "not-posted": {
    status: 405,
    type: "/problems/method-not-allowed",
    title: "Method not allowed",
    detail: "Solutions of challenges are posted.",
    headers: { Allow: "POST" },
  },
  "too-many": {
    status: 429,
    type: "/problems/rate-limited",
    title: "Too many requests",
    detail: "This address hands in too many solutions.",
    headers: { "Retry-After": "10" },
  },
  "too-large": {
    status: 413,
    type: "/problems/body-too-large",
    title: "Request body too large",
    detail: `A solution has at most ${MAX_SUBMISSION_BYTES} bytes.`,
  },
  malformed: {
    status: 400,
    type: "/problems/bad-solution",
    title: "Solution not understood",
    detail: "Expected JSON with the token of a challenge and its solution.",
  },
  "not-yours": failed("The challenge was made for another network or browser."),
  expired: failed("The challenge has expired."),
  "not-solved": failed("The solution is not right."),
  used: failed("The challenge has been used before."),
  "not-verifiable": {
    status: 503,
    type: "/problems/challenge-not-verifiable",
    title: "Challenge not verifiable",
    detail: `The answer could not be verified just now. ${again}`,
    headers: { "Retry-After": "5" },
  },
};
