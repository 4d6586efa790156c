/** How many to list, of those that somebody wants: 1 to `most`. */
export const clamp = (value: number, most: number): number => (value >= 1 ? Math.min(Math.trunc(value), most) : 1);

export const newestFirst = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
