/** Two files may have one name, in an archive or in two folders: the second becomes `name (2)`, the same on every walk. */
export class OwnPaths {
  private readonly met = new Map<string, number>();

  of(path: string): string {
    const times = (this.met.get(path) ?? 0) + 1;
    this.met.set(path, times);
    return times === 1 ? path : this.of(`${path} (${times})`);
  }
}
