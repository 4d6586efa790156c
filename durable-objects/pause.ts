/** Resolves in another turn of the event loop, so that long work lets others have their turn. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
