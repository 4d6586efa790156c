import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../workers/env.ts";
import type { AnomalyDetectorApi } from "./api.ts";

export class AnomalyDetector extends DurableObject<Env> implements AnomalyDetectorApi {
  async ping(): Promise<null> {
    return null;
  }
}
