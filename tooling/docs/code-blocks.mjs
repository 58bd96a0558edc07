// The code blocks of a guide, in order: what language, what is said after it (`file=name`, `needs=program`),
// and the text it must print, which is the block of text right after it.

/**
 * @typedef {{
 *   language: string, text: string, line: number, file?: string, needs: readonly string[], prints?: string,
 * }} CodeBlock
 */

/** @param {string} markdown @returns {CodeBlock[]} */
export function codeBlocks(markdown) {
  /** @type {CodeBlock[]} */
  const blocks = [];
  for (const match of markdown.matchAll(/^```(\S*)([^\n]*)\n(.*?)^```$/gms)) {
    const [, language = '', words = '', text = ''] = match;
    const said = new Map(
      words
        .trim()
        .split(/\s+/)
        .map((word) => /** @type {[string, string]} */ (word.split('='))),
    );
    const last = blocks.at(-1);
    if (language === 'text') {
      if (last !== undefined) last.prints = text;
      continue;
    }
    const file = said.get('file');
    blocks.push({
      language,
      text,
      line: markdown.slice(0, match.index).split('\n').length,
      needs: said.get('needs')?.split(',') ?? [],
      ...(file === undefined ? {} : { file }),
    });
  }
  return blocks;
}

/**
 * Whether a program printed what a guide says. A line `…` stands for any lines, and `…` within one for the
 * rest of it; spaces at the ends of lines do not count.
 * @param {string} said @param {string} printed
 */
export function isPrinted(said, printed) {
  const lines = said.trimEnd().split('\n');
  const pattern = lines
    .map((line) => {
      if (line.trim() === '…') return '(?:[^\\n]*\\n)*?';
      const words = line.trimEnd().split('…').map(escapeForRegExp);
      return `${words.join('[^\\n]*')}[ ]*\\n`;
    })
    .join('');
  return new RegExp(`^${pattern}(?:$|${lines.at(-1)?.trim() === '…' ? '' : '\\n*$'})`).test(
    `${printed.trimEnd()}\n`,
  );
}

/** @param {string} text */
function escapeForRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
