import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { placeholdersIn } from "../../../scripts/placeholders.ts";

const UNTOUCHED = `name = "novacron-global"
# DNS_RESOLVER = "https://resolver.example/dns-query"
routes = [{ pattern = "*.shop.example/*", zone_name = "shop.example" }]
database_id = "00000000-0000-0000-0000-000000000001"
CONTROL_HOST = "control.novacron.example"
`;

it("names each value that only an account has, and what to do", () => {
  expect(placeholdersIn(UNTOUCHED)).toEqual([
    'pattern = "*.shop.example/*" is no host: name one of a zone that you have on Cloudflare',
    'zone_name = "shop.example" is no host: name one of a zone that you have on Cloudflare',
    'database_id = "00000000-0000-0000-0000-000000000001" is no database: npx wrangler d1 create novacron-global says the id of yours',
    'CONTROL_HOST = "control.novacron.example" is no host: name one of a zone that you have on Cloudflare',
  ]);
});

it("says nothing of what is an account's own", () => {
  const own = `database_id = "6a1f0c1e-0d55-4b3a-9b7e-1a2b3c4d5e01"\nCONTROL_HOST = "control.example.com"\n`;
  expect(placeholdersIn(own)).toEqual([]);
});

it.each(["--help", "-h"])("has npm run deploy do nothing but explain itself: %s", (flag) => {
  const nowhere = mkdtempSync(join(tmpdir(), "novacron-deploy-"));
  const deploy = [resolve("scripts/deploy.ts"), "--env", "production", flag];
  const { status, stdout, stderr } = spawnSync(process.execPath, deploy, { cwd: nowhere, encoding: "utf8" });
  rmSync(nowhere, { recursive: true });
  expect([status, stdout, stderr]).toEqual([0, expect.stringMatching(/^Usage: npm run deploy/), ""]);
});

it("keeps npm run deploy from deploying, before wrangler is asked", () => {
  const directory = mkdtempSync(join(tmpdir(), "novacron-deploy-"));
  writeFileSync(join(directory, "wrangler.toml"), UNTOUCHED);
  const { status, stderr } = spawnSync(process.execPath, [resolve("scripts/deploy.ts")], {
    cwd: directory,
    encoding: "utf8",
  });
  rmSync(directory, { recursive: true });
  expect([status, stderr.split("\n").at(-2)]).toEqual([1, "nothing was deployed"]);
  expect(stderr).toContain('error: wrangler.toml: CONTROL_HOST = "control.novacron.example" is no host');
});
