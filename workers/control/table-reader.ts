import { decodeTable } from "../../src/table/codec.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import type { ControlTable } from "./deps.ts";

/** Reads the newest table; decodes it only when its epoch has changed. */
export interface TableReader {
  read(): Promise<PublishedTable>;
}

export function createTableReader(table: ControlTable): TableReader {
  let last: PublishedTable | null = null;
  return {
    async read() {
      const held = last;
      const reply = await table.snapshot(held?.epoch ?? null);
      if (reply.kind === "unchanged" && held) return held;
      if (reply.kind === "unchanged") throw new Error("the table has no epoch to compare with");
      const decoded = decodeTable(reply.encoded);
      if (!decoded.ok) throw new Error(`the table cannot be read: ${decoded.error}`);
      last = decoded.value;
      return last;
    },
  };
}
