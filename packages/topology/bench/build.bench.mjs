// How long it takes to build a machine of 1024 CPUs and 64 nodes and its fallback orders, beside building
// one of 256 and 16. Run after `npm run build`; prints medians and their ratio.
import { cpus, release } from 'node:os';
import { readSynthetic } from '../dist/index.js';

const runs = 31;
const layouts = {
  256: 'pack:2 group:8 [numa(memory=8GB)] l3:1 l2:8 core:1 pu:2',
  1024: 'pack:8 group:8 [numa(memory=8GB)] l3:1 l2:8 core:1 pu:2',
};

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function measure(layout) {
  const build = [];
  const fallback = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const machine = readSynthetic(layout);
    const built = performance.now();
    machine.fallbackOrder(0);
    fallback.push(performance.now() - built);
    build.push(built - start);
  }
  return { build: median(build), fallback: median(fallback), first: build[0] };
}

console.log(`${cpus()[0].model}, Node ${process.version}, Linux ${release()}, ${runs} runs each`);
const results = Object.entries(layouts).map(([count, layout]) => [count, measure(layout)]);
for (const [count, { build, fallback, first }] of results) {
  console.log(
    `${count} CPUs: build ${build.toFixed(1)} ms (first ${first.toFixed(1)}), fallback orders ${fallback.toFixed(2)} ms`,
  );
}
const [[, small], [, large]] = results;
console.log(
  `1024 to 256: build ×${(large.build / small.build).toFixed(1)}, orders ×${(large.fallback / small.fallback).toFixed(1)}`,
);
