import { err, ok, type Result } from "../../base/result.ts";
import type { Fault } from "./fault.ts";
import type { Token } from "./tokens.ts";

/** What a zone file has between two ends of lines, those within parentheses left out. */
export interface Entry {
  readonly tokens: readonly Token[];
  /** It begins with a blank: the owner is the one of the entry before. */
  readonly isIndented: boolean;
}

/** Cuts a zone file into entries (RFC 1035, section 5.1). After a fault it goes on with the next line. */
export function* scan(text: string): Generator<Result<Entry, Fault>> {
  const scanner = new Scanner(text);
  while (!scanner.isAtEnd) {
    const entry = scanner.entry();
    if (!entry.ok) scanner.skipLine();
    if (!entry.ok || entry.value.tokens.length > 0) yield entry;
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  entry(): Result<Entry, Fault> {
    const tokens: Token[] = [];
    const opened: Fault[] = [];
    const isIndented = isBlank(this.#text[this.#at]);
    for (; !this.isAtEnd; this.#skipBlanks()) {
      const character = this.#text[this.#at];
      if (character === "\n") {
        this.#newLine();
        if (opened.length === 0) break;
      } else if (character === "(") {
        opened.push(this.#fault("a parenthesis is not closed"));
        this.#at += 1;
      } else if (character === ")") {
        if (opened.pop() === undefined) return err(this.#fault("a parenthesis was not opened"));
        this.#at += 1;
      } else if (character === ";") this.#skipComment();
      else if (!isBlank(character)) {
        const token = character === '"' ? this.#quoted() : this.#word();
        if (!token.ok) return token;
        tokens.push(token.value);
      }
    }
    const [unclosed] = opened;
    return unclosed === undefined ? ok({ tokens, isIndented }) : err(unclosed);
  }

  skipLine(): void {
    this.#skipComment();
    if (!this.isAtEnd) this.#newLine();
  }

  /** An escape stays as it is; only the quotes go. */
  #quoted(): Result<Token, Fault> {
    const place = this.#fault("a quote is not closed");
    const start = this.#at;
    if (!this.#passQuoted()) return err(place);
    return ok({
      text: this.#text.slice(start + 1, this.#at - 1),
      isQuoted: true,
      line: place.line,
      column: place.column,
    });
  }

  /** A word may have a quoted part in it, as in `alpn="h2,h3"` (RFC 9460, appendix A). */
  #word(): Result<Token, Fault> {
    const { line, column } = this.#fault("");
    const start = this.#at;
    while (!this.isAtEnd && !" \t\r\n;()".includes(this.#text[this.#at] as string)) {
      if (this.#text[this.#at] === '"') {
        const place = this.#fault("a quote is not closed");
        if (!this.#passQuoted()) return err(place);
      } else if (!this.#passCharacter()) return err(this.#fault("\\ needs a character after it"));
    }
    return ok({ text: this.#text.slice(start, this.#at), isQuoted: false, line, column });
  }

  #passQuoted(): boolean {
    this.#at += 1;
    while (this.#text[this.#at] !== '"') if (!this.#passCharacter()) return false;
    this.#at += 1;
    return true;
  }

  /** One character, or an escaped one. Neither may be the end of a line. */
  #passCharacter(): boolean {
    const length = this.#text[this.#at] === "\\" ? 2 : 1;
    const last = this.#text[this.#at + length - 1];
    if (last === undefined || last === "\n") return false;
    this.#at += length;
    return true;
  }

  #skipBlanks(): void {
    while (isBlank(this.#text[this.#at])) this.#at += 1;
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #newLine(): void {
    this.#at += 1;
    this.#line += 1;
    this.#lineStart = this.#at;
  }

  #fault(message: string): Fault {
    return { line: this.#line, column: this.#at - this.#lineStart + 1, message };
  }
}

const isBlank = (character: string | undefined): boolean =>
  character === " " || character === "\t" || character === "\r";
