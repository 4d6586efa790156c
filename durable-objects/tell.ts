/** What people are told. `at` is in Unix milliseconds. */
interface News {
  readonly kind: string;
  readonly at: number;
  readonly text: string;
}

/** One line of JSON of the log for each thing that people are told, so that `wrangler tail` and Logpush carry it to them. */
export function tell<T extends News>(event: "alert" | "incident", news: T): void {
  console.warn(JSON.stringify({ event, ...news, at: new Date(news.at).toISOString() }));
}
