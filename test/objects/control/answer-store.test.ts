import { env } from "cloudflare:workers";
import { claimKey, keepAnswer, releaseKey } from "../../../src/adapters/d1/answers.ts";
import { testAnswerStore } from "../../ports/answer-store.ts";

testAnswerStore(async () => {
  await env.DB.exec("DELETE FROM idempotency");
  return {
    claim: (...args) => claimKey(env.DB, ...args),
    keep: (...args) => keepAnswer(env.DB, ...args),
    release: (...args) => releaseKey(env.DB, ...args),
  };
});
