import { type Command, Option } from "commander";
import { ok } from "../../../src/base/result.ts";
import { attackReplySchema, attackSummarySchema } from "../../../workers/control/schema/attack.ts";
import { MAX_PAGE } from "../../../workers/control/schema/page.ts";
import { attackColumns, attackCourse } from "../attack-report.ts";
import type { Cli } from "../cli.ts";
import { cutNote, limited, readNewest } from "../newest.ts";
import { watchable, watched } from "../watched.ts";

interface Options {
  readonly state: string;
  readonly service?: string;
  readonly limit: number;
}

export function declareShieldAttacks(group: Command, cli: Cli): void {
  limited(watchable(cli.verb(group, "attacks")), 20, MAX_PAGE)
    .description("the attacks there have been, the newest first; or one with its timeline")
    .argument("[id]", "of one: what was seen, decided and done")
    .addOption(
      new Option("--state <state>", "those in this state alone").choices(["open", "ended", "all"]).default("all"),
    )
    .option("--service <id>", "on this service alone")
    .action(
      cli.act(
        watched(async ({ client }, id: string | undefined, { state, service, limit }: Options) => {
          if (id !== undefined) {
            const attack = await client.get(`/shield/attacks/${encodeURIComponent(id)}`, attackReplySchema);
            return attack.ok ? ok({ json: attack.value, text: attackCourse(attack.value) }) : attack;
          }
          const query = new URLSearchParams({ state, ...(service === undefined ? {} : { service }) });
          const attacks = await readNewest(client, `/shield/attacks?${query}`, limit, attackSummarySchema);
          if (!attacks.ok) return attacks;
          const { items } = attacks.value;
          const list = items.length === 0 ? "there is no attack" : attackColumns(items);
          return ok({ json: items, text: [list, ...cutNote(attacks.value, limit, MAX_PAGE)].join("\n\n") });
        }),
      ),
    );
}
