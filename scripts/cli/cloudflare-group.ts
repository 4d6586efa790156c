import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import { declareCloudflareApply } from "./verb/cloudflare-apply.ts";
import { declareCloudflareDrift } from "./verb/cloudflare-drift.ts";
import { declareCloudflarePlan } from "./verb/cloudflare-plan.ts";

export function declareCloudflare(dns: Command, cli: Cli): void {
  const group = dns
    .command("cloudflare")
    .description("keep a zone of the table at Cloudflare too; CLOUDFLARE_API_TOKEN lets this in there");
  declareCloudflarePlan(group, cli);
  declareCloudflareApply(group, cli);
  declareCloudflareDrift(group, cli);
}
