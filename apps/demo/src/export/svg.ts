// A drawing as an SVG file of its own: the colours of the light page are put into it, so that it looks the
// same wherever it is opened.

/** Colours of a drawing that is saved. */
export const INK = {
  text: '#1c2024',
  faint: '#55606c',
  line: '#c9d0d8',
  raised: '#f4f6f8',
  published: '#b3261e',
  series: ['#0b63c5', '#b54c00', '#0e7350', '#8a3ffc'],
} as const;

/** The file: `parts` on white, with a title for those who do not see it. */
export function svgDocument(
  { width, height, title }: { width: number; height: number; title: string },
  parts: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">`,
    `<title>${escaped(title)}</title>`,
    rect({ x: 0, y: 0, width, height }, '#fff'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** A filled box. */
export function rect(
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  fill: string,
  opacity = 1,
): string {
  const faded = opacity === 1 ? '' : ` fill-opacity="${opacity}"`;
  return `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${fill}"${faded}/>`;
}

/** A line of text, its baseline at `y`. */
export function text(
  x: number,
  y: number,
  words: string,
  fill: string = INK.text,
  size = 12,
): string {
  return `<text x="${short(x)}" y="${short(y)}" fill="${fill}" font-size="${size}">${escaped(words)}</text>`;
}

/** A line through points. */
export function polyline(
  points: readonly (readonly [number, number])[],
  stroke: string,
  dash = '',
): string {
  const at = points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
  const dashed = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return `<polyline points="${at}" fill="none" stroke="${stroke}" stroke-width="1.5"${dashed}/>`;
}

const short = (value: number) => Math.round(value * 100) / 100;

const escaped = (words: string) =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
