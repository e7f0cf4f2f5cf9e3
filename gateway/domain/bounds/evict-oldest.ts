/** Holds a Map to its bound. A Map keeps the order of insertion: the first key is the oldest; set again after `delete`, it is the newest. */
export function evictOldest<Key>(map: Map<Key, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
