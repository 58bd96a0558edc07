// A whole tool call of each way as a bar over one scale, split into what the time goes into.
import type { SpawnWay } from './compare-spawns.ts';
import { PART_COLORS, totalNs } from './spawn-files.ts';
import { PARTS } from './timed-path.ts';

const inUs = (ns: number) => (ns / 1000).toFixed(1);

/** The bars, and the same in numbers. */
export function CallBars({ ways }: { readonly ways: readonly [SpawnWay, SpawnWay] }) {
  const longest = Math.max(...ways.map(totalNs));
  return (
    <>
      {ways.map((way, at) => (
        <div key={at} class="bar-row">
          <div>
            {way.name}: <strong>{inUs(totalNs(way))} µs</strong>
          </div>
          <div class="bar" role="img" aria-label={`${way.name}, ${inUs(totalNs(way))} µs by part`}>
            {PARTS.map((part) => (
              <span
                key={part}
                style={{
                  width: `${(100 * way.parts[part]) / longest}%`,
                  background: PART_COLORS[part],
                }}
                title={`${part}: ${inUs(way.parts[part])} µs`}
              />
            ))}
          </div>
        </div>
      ))}
      <div class="scroll" tabIndex={0} role="region" aria-label="A tool call by part">
        <table data-test="parts">
          <thead>
            <tr>
              <th scope="col">µs, predicted</th>
              {PARTS.map((part) => (
                <th key={part} scope="col" class="number">
                  <span class="swatch" style={{ background: PART_COLORS[part] }} />
                  {part}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ways.map((way, at) => (
              <tr key={at}>
                <th scope="row">{way.name}</th>
                {PARTS.map((part) => (
                  <td key={part} class="number">
                    {inUs(way.parts[part])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
