import { followTable } from "../../src/table/follow.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import { pause } from "../pause.ts";
import type { ControlTable } from "./deps.ts";

/** Reads the newest table, of which it fetches only what has changed since it last did. */
export interface TableReader {
  read(): Promise<PublishedTable>;
}

export function createTableReader(table: ControlTable): TableReader {
  let last: PublishedTable | null = null;
  return {
    async read() {
      const next = await followTable((request) => table.snapshot(request), last, "rules", pause);
      if (!next.ok) throw new Error(`the table cannot be read: ${next.error}`);
      // Of two readings at once, the one that began first may end last.
      if (last === null || next.value.epoch >= last.epoch) last = next.value;
      return next.value;
    },
  };
}
