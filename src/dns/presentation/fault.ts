/** What is wrong with a text, and where. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}
