import { rubyParts } from './ruby.ts';

/** With the reading over the words that have one. */
export function RubyText({ text }: { text: string }) {
  return rubyParts(text).map((part, at) =>
    typeof part === 'string' ? (
      part
    ) : (
      <ruby key={at}>
        {part.text}
        <rp>（</rp>
        <rt>{part.reading}</rt>
        <rp>）</rp>
      </ruby>
    ),
  );
}
