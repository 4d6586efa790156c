import { err, type Result } from "../../base/result.ts";
import type { Name } from "../name.ts";
import type { Fault } from "../presentation/fault.ts";
import { scan } from "../presentation/scan.ts";
import { Tokens } from "../presentation/tokens.ts";
import type { Rdata } from "../record-set.ts";
import type { RecordType } from "../record-type.ts";
import { parseRdata } from "./presentation.ts";

/** Reads the data of one record, such as `10 mx1.example.com.`; with `null` for the origin all names are absolute. */
export function parseValue(type: RecordType, text: string, origin: Name | null = null): Result<Rdata, Fault> {
  const [entry, more] = scan(text);
  if (entry?.ok === false) return entry;
  if (more !== undefined) return err({ line: 1, column: 1, message: "expected one record, on one line" });
  return parseRdata(type, new Tokens(entry?.value.tokens ?? [], origin));
}
