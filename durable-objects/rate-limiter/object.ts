import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../workers/env.ts";
import type { RateLimiterApi } from "./api.ts";

export class RateLimiter extends DurableObject<Env> implements RateLimiterApi {
  async ping(): Promise<null> {
    return null;
  }
}
