import type { AttackReport } from "../../../../src/shield/attack.ts";
import {
  begin,
  defenceOf,
  defend,
  type OpenAttack,
  supersede,
  type Wanted,
} from "../../../../src/shield/mitigation/defend.ts";
import { isNews, isOfAnother, takeReport } from "../../../../src/shield/mitigation/sightings.ts";
import { viewOf } from "../../../../src/shield/mitigation/view.ts";
import type { Defence } from "../../../../src/table/defence.ts";

const wanted: Wanted = { mode: "auto", most: "block" };

/** What the mitigator does with reports of floods, second by second, without its storage. */
export class Shield {
  open: OpenAttack | null = null;
  last: OpenAttack | null = null;
  readonly reports = new Map<string, AttackReport>();

  get defence(): Defence | null {
    return this.open === null ? null : defenceOf(this.open);
  }

  take(report: AttackReport, now: number): void {
    if (report.direction === "silence") return;
    const held = this.open !== null && isOfAnother(this.open.record, report) ? null : this.open;
    if (!isNews(held?.record ?? null, report, now)) return;
    const begun = held ?? begin(report, this.open ?? this.last, now);
    if (held === null && this.open !== null) this.last = supersede(this.open, now);
    this.reports.set(report.scope, report);
    this.#advance({ ...begun, record: takeReport(begun.record, report, now) }, now);
  }

  look(now: number): void {
    if (this.open !== null) this.#advance(this.open, now);
  }

  #advance(open: OpenAttack, now: number): void {
    const heard = [...this.reports.values()].filter(({ scope, id }) => {
      const sight = open.record.scopes[scope];
      return sight?.report === id && sight.state === "ongoing" && now - sight.at <= 15_000;
    });
    const next = defend({ ...open, wanted }, viewOf(heard), [], now);
    this.open = next.record.state === "over" ? null : next;
    if (this.open === null) this.last = next;
  }
}
