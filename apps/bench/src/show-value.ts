// Numbers, bands and cells as text, the same in the terminal and on the page, whatever the locale.
import type { Cell, Published } from './experiments/experiment.ts';

/** `1234567.8` with one digit → `1,234,567.8`. */
export function showNumber(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return String(value);
  const [whole = '', fraction] = value.toFixed(digits).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A number of unknown size with about three figures that count: `0.0213`, `3.14`, `465,000`. */
export function showFigure(value: number): string {
  if (Number.isInteger(value)) return showNumber(value);
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return showNumber(value, Math.min(12, Math.max(0, 2 - magnitude)));
}

/** A figure, a band or words; the unit follows a figure or a band. */
export function showPublished(value: Published, unit = ''): string {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number'
        ? showFigure(value)
        : `${showFigure(value[0])} – ${showFigure(value[1])}`;
  return unit === '' || typeof value === 'string' ? text : `${text} ${unit}`;
}

/** A cell of a row; nothing for null. */
export function showCell(cell: Cell | undefined, digits = 0): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return typeof cell === 'number' ? showNumber(cell, digits) : cell;
}
