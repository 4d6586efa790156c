import { absolute, parseName } from "../name.ts";
import type { FieldCodec } from "./field.ts";

export const domainName: FieldCodec = {
  parse(tokens, wire) {
    const name = parseName(tokens.take().text, tokens.origin);
    if (!name.ok) return name.error;
    wire.plainName(name.value);
    return null;
  },
  print: (reader) => absolute(reader.name()),
};
