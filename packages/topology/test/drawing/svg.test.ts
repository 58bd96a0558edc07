import { expect, test } from 'vitest';
import {
  forEachObject,
  formatSvg,
  preset,
  presets,
  readHwlocXml,
  readSynthetic,
} from '../../src/index.ts';
import { type Box, layOut } from '../../src/drawing/layout.ts';

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function checkBox(box: Box): void {
  for (const [i, child] of box.children.entries()) {
    expect(child.x >= box.x && child.x + child.width <= box.x + box.width + 0.01).toBe(true);
    expect(child.y >= box.y && child.y + child.height <= box.y + box.height + 0.01).toBe(true);
    for (const other of box.children.slice(i + 1)) expect(overlap(child, other)).toBe(false);
    checkBox(child);
  }
}

test.for(presets)(
  'in the drawing of $name every object lies in its parent and over no other',
  ({ name }) => {
    const { tree } = preset(name);
    checkBox(layOut(tree.root));
    let count = 0;
    forEachObject(tree.root, () => count++);
    const svg = formatSvg(tree);
    expect(svg.match(/<rect /g)).toHaveLength(count);
    expect(new Set(svg.match(/ id='[^']+'/g)).size).toBe(2 * count);
  },
);

test('a drawing is well-formed XML with the ids of lstopo', () => {
  const svg = formatSvg(readSynthetic('pack:1 l3:1 core:1 pu:1').tree);
  expect(svg).toContain("<rect id='Core_0_rect' class='Core'");
  expect(svg).toContain("<text id='PU_0_text' class='PU'");
  expect(() => readHwlocXml(svg)).toThrow(/found <svg>/);
});
