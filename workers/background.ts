/** Goes on when the response has gone: `waitUntil` of the request. Work is at most 30 s there. */
export type Background = (work: Promise<unknown>) => void;
