/** How a PN (PS3.5 6.2.1) is read: components in the order they are kept, every group it has. */
export interface NameGroups {
  readonly Alphabetic?: string | undefined;
  readonly Ideographic?: string | undefined;
  readonly Phonetic?: string | undefined;
}

export interface DisplayName {
  /** The group written large; empty when there is no name at all. */
  readonly primary: string;
  /** The other groups, reading first. */
  readonly secondary: readonly string[];
}

/** Family, given, middle; prefix and suffix keep their places at the ends (PS3.5 6.2.1.1: family^given^middle^prefix^suffix). */
export function plainName(group: string | undefined): string {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = (group ?? '').split('^').map((part) => part.trim());
  return [prefix, family, given, middle, suffix].filter((part) => part !== '').join(' ');
}

export function displayName(name: NameGroups): DisplayName {
  const groups = [name.Ideographic, name.Phonetic, name.Alphabetic].map(plainName).filter((text) => text !== '');
  const primary = plainName(name.Ideographic) || plainName(name.Alphabetic) || plainName(name.Phonetic);
  return { primary, secondary: [...new Set(groups)].filter((text) => text !== primary) };
}
