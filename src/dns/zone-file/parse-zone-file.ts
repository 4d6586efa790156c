import { err, ok, type Result } from "../../base/result.ts";
import { utf8Length } from "../../base/utf8.ts";
import { type Name, parseName } from "../name.ts";
import type { Fault } from "../presentation/fault.ts";
import { type Entry, scan } from "../presentation/scan.ts";
import { Tokens } from "../presentation/tokens.ts";
import { parseSeconds } from "../rdata/numbers.ts";
import { parseRdata } from "../rdata/presentation.ts";
import { MAX_TTL_SECONDS, type RecordSet } from "../record-set.ts";
import { parseType } from "../record-type.ts";
import { checkZone } from "../zone-rules.ts";
import { collect, type PlacedRecord } from "./collect.ts";

export const MAX_ZONE_FILE_BYTES = 2_000_000;
export const MAX_ZONE_RECORDS = 20_000;
/** Of a file of another kind, every line would be one. */
export const MAX_FAULTS = 100;

export interface ZoneFileOptions {
  /** The zone that the file is for, and its first origin. */
  readonly apex: Name;
  /** Of records before which no TTL has been given. */
  readonly defaultTtlSeconds: number;
}

/**
 * Reads a zone file (RFC 1035, section 5; `$TTL` of RFC 2308, section 4). Either all of it is good, or it says what is
 * wrong in each line, up to a number of lines.
 */
export function parseZoneFile(text: string, options: ZoneFileOptions): Result<readonly RecordSet[], readonly Fault[]> {
  const wholeFile = (message: string) => err([{ line: 1, column: 1, message }]);
  if (utf8Length(text) > MAX_ZONE_FILE_BYTES) return wholeFile(`more than ${MAX_ZONE_FILE_BYTES} bytes`);
  const reader = new ZoneFileReader(options);
  const faults: Fault[] = [];
  for (const entry of scan(text)) {
    const fault = entry.ok ? reader.read(entry.value) : entry.error;
    if (fault !== null) faults.push(fault);
    if (faults.length >= MAX_FAULTS) return err(faults);
    if (reader.records.length > MAX_ZONE_RECORDS) return wholeFile(`more than ${MAX_ZONE_RECORDS} records`);
  }
  const { sets, faults: unequal } = collect(reader.records);
  if (faults.length + unequal.length > 0) return err([...faults, ...unequal].slice(0, MAX_FAULTS));
  const breaches = checkZone(options.apex, [...sets.keys()]);
  if (breaches.length === 0) return ok([...sets.keys()]);
  const places = breaches.map(({ set, message }) => ({
    ...((set && sets.get(set)) ?? { line: 1, column: 1 }),
    message,
  }));
  return err(places.slice(0, MAX_FAULTS));
}

/** What one entry leaves for the next. */
class ZoneFileReader {
  readonly records: PlacedRecord[] = [];
  #origin: Name;
  #ttl: number;
  #hasTtlDirective = false;
  #owner: Name | null = null;

  constructor({ apex, defaultTtlSeconds }: ZoneFileOptions) {
    this.#origin = apex;
    this.#ttl = defaultTtlSeconds;
  }

  read(entry: Entry): Fault | null {
    const tokens = new Tokens(entry.tokens, this.#origin);
    const first = tokens.peek();
    if (first?.text.startsWith("$") && !first.isQuoted) return this.#direct(tokens);
    return this.#record(tokens, entry.isIndented);
  }

  #direct(tokens: Tokens): Fault | null {
    const directive = tokens.take().text.toUpperCase();
    if (directive === "$ORIGIN") {
      const origin = parseName(tokens.take().text, this.#origin);
      if (!origin.ok) return tokens.fault(origin.error);
      this.#origin = origin.value;
    } else if (directive === "$TTL") {
      const ttl = parseSeconds(tokens.take().text);
      if (ttl === null) return tokens.fault(`expected seconds up to ${MAX_TTL_SECONDS}`);
      this.#ttl = ttl;
      this.#hasTtlDirective = true;
    } else if (directive === "$INCLUDE") return tokens.fault("$INCLUDE is refused: put the other file's records here");
    else return tokens.fault(`${directive.slice(0, 60)} is no directive that is known here`);
    return tokens.left > 0 ? tokens.fault(`more than ${directive} has: ${tokens.take().text.slice(0, 60)}`) : null;
  }

  /** `[owner] [ttl] [class] type data`, or with the class first. */
  #record(tokens: Tokens, isIndented: boolean): Fault | null {
    const { line = 1, column = 1 } = tokens.peek() ?? {};
    if (!isIndented) {
      const owner = parseName(tokens.take().text, this.#origin);
      if (!owner.ok) return tokens.fault(owner.error);
      this.#owner = owner.value;
    }
    if (this.#owner === null) return tokens.fault("the first record has no owner");
    const given = takeTtl(tokens);
    if (!given.ok) return given.error;
    const type = parseType(tokens.take().text);
    if (!type.ok) return tokens.fault(type.error);
    const ttl = given.value ?? this.#ttl;
    // RFC 1035: the last one given holds on; RFC 2308: not where a directive says another.
    if (!this.#hasTtlDirective) this.#ttl = ttl;
    const rdata = parseRdata(type.value, tokens);
    if (!rdata.ok) return rdata.error;
    this.records.push({
      owner: this.#owner,
      type: type.value,
      ttl,
      rdata: rdata.value,
      line,
      column,
    });
    return null;
  }
}

/** Takes TTL and class, which may both be there, in either order; `null` for no TTL. */
function takeTtl(tokens: Tokens): Result<number | null, Fault> {
  let ttl: number | null = null;
  for (;;) {
    const word = tokens.peek()?.text ?? "";
    if (/^\d/.test(word) && ttl === null) {
      ttl = parseSeconds(tokens.take().text);
      if (ttl === null) return err(tokens.fault(`expected a TTL of up to ${MAX_TTL_SECONDS} seconds`));
    } else if (/^(IN|CH|CS|HS)$/i.test(word)) {
      tokens.take();
      if (word.toUpperCase() !== "IN") return err(tokens.fault(`class ${word}: only IN is served`));
    } else return ok(ttl);
  }
}
