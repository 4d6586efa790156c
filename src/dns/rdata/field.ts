import type { Tokens } from "../presentation/tokens.ts";
import type { WireReader } from "../wire/reader.ts";
import type { WireWriter } from "../wire/writer.ts";

/** How one place of record data is spelled in text and on the wire. */
export interface FieldCodec {
  /** Takes its tokens and writes its bytes. Says what it expected where they are something else. */
  parse(tokens: Tokens, wire: WireWriter): string | null;
  /** The text of its bytes. Where these are none of its own, the reader has a fault afterwards. */
  print(reader: WireReader): string;
}
