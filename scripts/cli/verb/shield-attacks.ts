import { type Command, InvalidArgumentError, Option } from "commander";
import { ok } from "../../../src/base/result.ts";
import { attackReplySchema, attackSummarySchema } from "../../../workers/control/schema/attack.ts";
import { MAX_PAGE, pageSchema } from "../../../workers/control/schema/page.ts";
import { attackColumns, attackCourse } from "../attack-report.ts";
import type { Cli } from "../cli.ts";
import { watchable, watched } from "../watched.ts";

interface Options {
  readonly state: string;
  readonly service?: string;
  readonly limit: number;
}

export function declareShieldAttacks(group: Command, cli: Cli): void {
  watchable(cli.verb(group, "attacks"))
    .description("the attacks there have been, the newest first; or one with its timeline")
    .argument("[id]", "of one: what was seen, decided and done")
    .addOption(
      new Option("--state <state>", "those in this state alone").choices(["open", "ended", "all"]).default("all"),
    )
    .option("--service <id>", "on this service alone")
    .option("--limit <count>", `at most this many, 1 to ${MAX_PAGE}`, parseLimit, 20)
    .action(
      cli.act(
        watched(async ({ client }, id: string | undefined, { state, service, limit }: Options) => {
          if (id !== undefined) {
            const attack = await client.get(`/shield/attacks/${encodeURIComponent(id)}`, attackReplySchema);
            return attack.ok ? ok({ json: attack.value, text: attackCourse(attack.value) }) : attack;
          }
          const query = new URLSearchParams({
            state,
            limit: String(limit),
            ...(service === undefined ? {} : { service }),
          });
          const page = await client.get(`/shield/attacks?${query}`, pageSchema(attackSummarySchema));
          if (!page.ok) return page;
          const { items } = page.value;
          return ok({ json: items, text: items.length === 0 ? "there is no attack" : attackColumns(items) });
        }),
      ),
    );
}

function parseLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_PAGE) throw new InvalidArgumentError(`Expected 1 to ${MAX_PAGE}.`);
  return limit;
}
