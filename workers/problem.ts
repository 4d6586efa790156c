/** One field that is wrong: a JSON pointer into the body (RFC 6901), or `?name` for a query parameter. */
export interface FieldError {
  readonly path: string;
  readonly detail: string;
}

/** What would make the request good, for a client that can ask a person for it. */
interface Challenge {
  readonly kind: "second-factor";
  /** Where it is given, below the API's root. */
  readonly path: string;
  /** Members of its body, one of which is needed. */
  readonly methods: readonly string[];
  /** For how long it is good. */
  readonly maxAgeSeconds: number;
}

export interface Problem {
  readonly status: number;
  /** A stable URI reference that names the kind of problem, such as `/problems/blocked`. */
  readonly type: string;
  readonly title: string;
  /** What is true of this occurrence. Never a stack, and nothing that the caller may not know. */
  readonly detail?: string;
  readonly requestId?: string;
  readonly errors?: readonly FieldError[];
  readonly challenge?: Challenge;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error response as RFC 9457 has it. */
export function problem({ headers, ...body }: Problem): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { ...headers, "Content-Type": "application/problem+json" },
  });
}
