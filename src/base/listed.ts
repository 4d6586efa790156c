/** As many of the parts as there is room for, the first in any case, and how many more there are. */
export function listed(parts: readonly string[], separator: string, maxChars: number): string {
  const all = parts.join(separator);
  if (all.length <= maxChars) return all;
  const [first = "", ...rest] = parts;
  let text = first;
  for (const [i, part] of rest.entries()) {
    const cut = `${text} and ${rest.length - i} more`;
    text += `${separator}${part}`;
    if (`${text} and ${rest.length - i - 1} more`.length > maxChars) return cut;
  }
  return text;
}
