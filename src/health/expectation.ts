import type { Probe } from "../table/probe.ts";

/** What a backend has answered to a check over HTTP. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** `null` when it was not read, or is longer than what is read of it. */
  readonly body: string | null;
}

type Expectation = Extract<Probe, { kind: "http" }>;

/** What is wrong with an answer, in words; `null` when it is as expected. */
export function objectionTo({ status, header, body }: Answer, expected: Expectation): string | null {
  const isExpected =
    expected.statuses.length === 0 ? status >= 200 && status <= 299 : expected.statuses.includes(status);
  if (!isExpected) return `${status}`;
  if (expected.header !== null) {
    const { name, value } = expected.header;
    const found = header(name);
    if (found === null) return `${status}, without ${name}`;
    if (value !== null && found !== value) return `${status}, ${name} is not as expected`;
  }
  if (expected.body !== null && body === null) return `${status}, the body is too long`;
  if (expected.body !== null && !body?.includes(expected.body)) return `${status}, the body is not as expected`;
  return null;
}
