import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import { jurisdictions } from "../../src/residency/jurisdictions.ts";
import { type Actor, actAs } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import type { Dice } from "./dice.ts";
import type { Observation } from "./observation.ts";
import type { Transcript } from "./transcript.ts";
import { drawWish, type Wish } from "./wishes.ts";

/** Until the first table is taken, it is sent again after so long. */
const RETRY_MS = 500;
/** Epochs that may be gone back to. */
const KEPT_EPOCHS = 100;

export interface OperatorOptions {
  readonly actor: Actor;
  readonly table: RoutingTableApi;
  readonly firstTable: Readonly<Record<string, unknown>>;
  readonly regions: readonly string[];
  readonly backends: readonly string[];
  readonly everyMs: number;
  /** Whom an attack comes from. */
  readonly suspects: readonly string[];
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly transcript: Transcript;
  readonly observe: (observation: Observation) => void;
}

/** Fills the table, and then changes it again and again, and waits for no answer. */
export class Operator {
  /** Changes that were asked for and done. */
  acknowledged = 0;
  readonly #options: OperatorOptions;
  readonly #epochs: number[] = [];
  #wishes = 0;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  begin(): void {
    const { firstTable, clock } = this.#options;
    const first: Wish = { words: "the first table", carryOut: (table, options) => table.apply(firstTable, options) };
    void this.#ask(first).then((done) => {
      if (done) this.#changeForEver();
      else clock.after(RETRY_MS, () => this.begin());
    });
  }

  #changeForEver(): void {
    const { clock, dice, everyMs, regions, backends, suspects } = this.#options;
    clock.after(dice.pauseMs(everyMs), () => {
      const known = {
        regions,
        backends,
        jurisdictions: jurisdictions.map(({ id }) => id),
        epochs: this.#epochs,
        suspects,
        now: clock.now,
      };
      void this.#ask(drawWish(dice, known));
      this.#changeForEver();
    });
  }

  async #ask({ words, carryOut }: Wish): Promise<boolean> {
    const { actor, table, transcript, observe } = this.#options;
    const number = ++this.#wishes;
    const tell = (what: string) => transcript.write(actor.name, `wish ${number}: ${what}`);
    tell(words);
    const asked = { actor: { principal: actor.name, requestId: `wish-${number}` }, summary: words, ifEpoch: null };
    try {
      const answer = await actAs(actor, () => carryOut(table, asked));
      if (!answer.ok) {
        const { error } = answer;
        tell(error.kind === "objections" ? `refused: ${error.objections[0]?.detail}` : `refused: ${error.kind}`);
        return false;
      }
      const { epoch, changes } = answer.value;
      tell(`done at epoch ${epoch}, ${changes.length} changes`);
      if (changes.length > 0) {
        this.acknowledged += 1;
        this.#epochs.push(epoch);
        if (this.#epochs.length > KEPT_EPOCHS) this.#epochs.shift();
        observe({ kind: "acknowledged", epoch });
      }
      return true;
    } catch (error) {
      tell(`no answer: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }
}
