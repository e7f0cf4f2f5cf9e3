/** One record of CSV (RFC 4180) from a line, and from those that follow when a quoted field goes on. Pure. */

/** A record's fields; undefined when a quoted field does not end, or ends elsewhere than the field. */
export function csvFields(text: string, separator: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const [field, after] = quoted(text, at + 1) ?? [];
      if (field === undefined || after === undefined) return undefined;
      const end = text.indexOf(separator, after);
      if (text.slice(after, end === -1 ? undefined : end).trim() !== '') return undefined;
      fields.push(field);
      if (end === -1) return fields;
      at = end + 1;
    } else {
      const end = text.indexOf(separator, at);
      fields.push(end === -1 ? text.slice(at) : text.slice(at, end));
      if (end === -1) return fields;
      at = end + 1;
    }
  }
}

/** Up to the closing quote, and where it ends; two quotes are one. */
function quoted(text: string, from: number): [string, number] | undefined {
  let field = '';
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return undefined;
    field += text.slice(at, quote);
    if (text[quote + 1] !== '"') return [field, quote + 1];
    field += '"';
    at = quote + 2;
  }
}
