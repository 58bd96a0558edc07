// HTML as text: a template tag that escapes what is put in unless it is markup already.

/** Text that is HTML and is put into other HTML as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into a template; a list is put in one after the other. */
export type Insert = string | number | Markup | readonly Insert[];

/** Builds markup; strings and numbers put in are escaped. */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  return new Markup(
    parts
      .map((part, index) => part + (index < inserts.length ? toHtml(inserts[index]!) : ''))
      .join(''),
  );
}

function toHtml(insert: Insert): string {
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === 'object') return insert.map(toHtml).join('');
  return String(insert).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
