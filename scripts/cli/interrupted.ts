/** Whoever was asked has broken off, by Ctrl-C or the end of the input. Nothing was done. */
export class Interrupted extends Error {}
