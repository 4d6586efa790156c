/**
 * Sets an entry of a map that holds at most so many (1 or more), those that were set last: the one that was not for the
 * longest time gives way, and is handed to `forget`. An entry that is set anew counts as new; nobody gives way to it.
 */
export function keepRecent<K, V>(map: Map<K, V>, key: K, value: V, most: number, forget?: (value: V) => void): void {
  map.delete(key);
  if (map.size >= most) {
    const oldest = map.keys().next().value as K;
    const forgotten = forget && map.get(oldest);
    map.delete(oldest);
    if (forgotten !== undefined) forget?.(forgotten);
  }
  map.set(key, value);
}
