/**
 * Which images to fetch next, nearest first. The reader's direction of travel goes before the other side: two steps ahead for one behind.
 * `direction` is the sign of the last step. At most `max` indices; `current` itself is not among them.
 */
export function prefetchOrder(current: number, count: number, direction: number, max: number): number[] {
  const forward = direction < 0 ? -1 : 1;
  const order: number[] = [];
  let ahead = 1;
  let behind = 1;
  const inside = (index: number) => index >= 0 && index < count;
  while (order.length < max) {
    const before = order.length;
    for (let step = 0; step < 2; step += 1, ahead += 1) {
      if (inside(current + forward * ahead)) order.push(current + forward * ahead);
    }
    if (inside(current - forward * behind)) order.push(current - forward * behind);
    behind += 1;
    const exhausted = order.length === before && !inside(current + forward * ahead) && !inside(current - forward * behind);
    if (exhausted) break;
  }
  return order.slice(0, max);
}
