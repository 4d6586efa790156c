import type { Name } from "../name.ts";
import type { Fault } from "./fault.ts";

/** A word of a zone file, or a string in quotes. */
export interface Token {
  /** Without quotes around it; escapes are as they were written. */
  readonly text: string;
  readonly isQuoted: boolean;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** The words of one record, read from left to right. */
export class Tokens {
  readonly #tokens: readonly Token[];
  #next = 0;
  /** To which relative names belong; with `null` all names are absolute. */
  readonly origin: Name | null;

  constructor(tokens: readonly Token[], origin: Name | null) {
    this.#tokens = tokens;
    this.origin = origin;
  }

  get left(): number {
    return this.#tokens.length - this.#next;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** An empty one past the end, which no field takes. */
  take(): Token {
    const token = this.#tokens[this.#next];
    this.#next += 1;
    return token ?? { text: "", isQuoted: false, ...this.#end() };
  }

  /** All that is left, as one word, as long digits are often split. */
  takeJoined(): string {
    const rest = this.#tokens.slice(this.#next);
    this.#next = this.#tokens.length;
    return rest.map(({ text }) => text).join("");
  }

  /** At the token that was read last. */
  fault(message: string): Fault {
    const { line, column } = this.#tokens[Math.max(0, this.#next - 1)] ?? this.#end();
    return { line, column, message };
  }

  #end(): { line: number; column: number } {
    const last = this.#tokens.at(-1);
    return { line: last?.line ?? 1, column: last === undefined ? 1 : last.column + last.text.length };
  }
}
