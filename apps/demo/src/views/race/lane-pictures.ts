// The CPUs of a lane and the low end of its id space, painted point by point into canvases: nothing of the
// document changes, and what has not changed is not painted again.
import { paletteOf } from '../../palette.ts';
import { ID_SHOWN_MAX } from './lane.ts';

/** Ids in a row of their picture. */
export const IDS_WIDTH = 128;
export const IDS_HEIGHT = ID_SHOWN_MAX / IDS_WIDTH;

const CELL = 11;
const GAP = 2;
const NOTHING = 255;

/** By `ID_STATE`. */
const ID_COLORS = ['--background', '--used', '--live', '--reused'] as const;
/** By `CPU_STATE`. */
const CPU_COLORS = ['--accent', '--series-2', '--published'] as const;

/** A picture of the ids: a point an id. */
export class IdPicture {
  readonly #context: CanvasRenderingContext2D;
  readonly #image: ImageData;
  readonly #points: Uint32Array;

  constructor(canvas: HTMLCanvasElement) {
    canvas.width = IDS_WIDTH;
    canvas.height = IDS_HEIGHT;
    this.#context = canvas.getContext('2d')!;
    this.#image = this.#context.createImageData(IDS_WIDTH, IDS_HEIGHT);
    this.#points = new Uint32Array(this.#image.data.buffer);
  }

  paint(ids: Uint8Array): void {
    const colors = ID_COLORS.map((name) => paletteOf().pixel(name));
    const points = this.#points;
    for (let id = 0; id < ids.length; id++) points[id] = colors[ids[id]!]!;
    this.#context.putImageData(this.#image, 0, 0);
  }
}

/** A picture of the CPUs: a box a CPU, in as many rows as the width asks for. */
export class CpuPicture {
  readonly #canvas: HTMLCanvasElement;
  #context: CanvasRenderingContext2D;
  #columns = 1;
  #shown = new Uint8Array(0);
  #scheme = '';

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d')!;
  }

  /** Takes the width of its place; the next painting paints all. */
  fit(width: number, cpuCount: number): void {
    this.#columns = Math.max(1, Math.floor((width + GAP) / (CELL + GAP)));
    const rows = Math.ceil(cpuCount / this.#columns);
    const height = rows * (CELL + GAP) - GAP;
    const scale = devicePixelRatio;
    const canvas = this.#canvas;
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.height = `${height}px`;
    this.#context.scale(scale, scale);
    this.#shown = new Uint8Array(cpuCount).fill(NOTHING);
  }

  paint(cpus: Uint8Array): void {
    const palette = paletteOf();
    if (palette.scheme !== this.#scheme) this.#shown.fill(NOTHING);
    this.#scheme = palette.scheme;
    for (const [cpu, state] of cpus.entries()) {
      if (this.#shown[cpu] === state) continue;
      this.#shown[cpu] = state;
      this.#context.fillStyle = palette.color(CPU_COLORS[state]!);
      const column = cpu % this.#columns;
      const row = Math.floor(cpu / this.#columns);
      this.#context.fillRect(column * (CELL + GAP), row * (CELL + GAP), CELL, CELL);
    }
  }
}
