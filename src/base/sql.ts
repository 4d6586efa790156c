/** The part of a Durable Object's SQLite that records are kept by, so that tests can keep them in another. */
export interface Sql {
  exec<T extends Record<string, ArrayBuffer | string | number | null>>(
    query: string,
    ...bindings: unknown[]
  ): Iterable<T> & { one(): T };
}
