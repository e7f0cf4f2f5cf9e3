/** Text in which some words carry their reading: `{同意|どうい}する`. */
export type RubyPart = string | { readonly text: string; readonly reading: string };

export function rubyParts(text: string): readonly RubyPart[] {
  return text
    .split(/(\{[^{}|]+\|[^{}|]+\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const [, word, reading] = /^\{([^{}|]+)\|([^{}|]+)\}$/.exec(part) ?? [];
      return word === undefined || reading === undefined ? part : { text: word, reading };
    });
}

export function withoutReadings(text: string): string {
  return rubyParts(text)
    .map((part) => (typeof part === 'string' ? part : part.text))
    .join('');
}
