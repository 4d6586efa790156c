/** Resolves in another turn of the event loop, so that others have theirs. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
