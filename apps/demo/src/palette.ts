// The colours of the page's style for what is painted on a canvas. They are read once for light and once
// for dark: asking the style at every frame would have it computed at every frame.

/** Colours of one scheme. */
export class Palette {
  readonly scheme: 'light' | 'dark';
  readonly #colors = new Map<string, string>();
  readonly #pixels = new Map<string, number>();

  constructor(scheme: 'light' | 'dark') {
    this.scheme = scheme;
  }

  /** The colour of a custom property of the style. */
  color(name: string): string {
    const known = this.#colors.get(name);
    if (known !== undefined) return known;
    const color = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    this.#colors.set(name, color);
    return color;
  }

  /** The same as a word of an image, opaque; in the order of bytes that images have on this machine. */
  pixel(name: string): number {
    const known = this.#pixels.get(name);
    if (known !== undefined) return known;
    const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
    const drawn = context.getContext('2d')!;
    drawn.fillStyle = this.color(name);
    drawn.fillRect(0, 0, 1, 1);
    const pixel = new Uint32Array(drawn.getImageData(0, 0, 1, 1).data.buffer)[0]!;
    this.#pixels.set(name, pixel);
    return pixel;
  }
}

const isDark = matchMedia('(prefers-color-scheme: dark)');
let palette = new Palette(isDark.matches ? 'dark' : 'light');
isDark.addEventListener('change', ({ matches }) => {
  palette = new Palette(matches ? 'dark' : 'light');
});

/** The colours now. */
export function paletteOf(): Palette {
  return palette;
}
