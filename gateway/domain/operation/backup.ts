/** Some rows of one table, each as the text of a JSON object. */
export interface IndexRows {
  readonly table: string;
  readonly rows: readonly string[];
}

/** The whole index, out and back. Sessions and what else is of the moment are left out. Implemented by `storage/index/operation/backup.ts`. */
export interface IndexBackup {
  readonly schemaVersion: number;
  /** The oldest schema whose rows fit into today's tables as they are. */
  readonly oldestSchemaVersion: number;
  /** As of one instant, in an order in which it can be put back. */
  dump(): AsyncIterable<IndexRows>;
  /**
   * Puts rows back, all or nothing: what throws, here, in `rows` or in `beforeCommit`, leaves the index as it was.
   * @throws conflict when the index is not empty and is not to be replaced
   */
  load(
    rows: AsyncIterable<IndexRows>,
    options: { readonly replace: boolean; readonly beforeCommit: () => Promise<void> },
  ): Promise<{ readonly rows: number }>;
}
