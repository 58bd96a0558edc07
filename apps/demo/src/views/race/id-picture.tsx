// The low end of the id space as a picture: a point an id, live or not, and used more than once or not.
import { useEffect, useRef } from 'preact/hooks';
import { ID_SHOWN_MAX, type LaneState } from './lane.ts';

const WIDTH = 128;
const HEIGHT = ID_SHOWN_MAX / WIDTH;

/** The picture. What was live at an earlier look and is live again counts as used again. */
export function IdPicture({ state }: { readonly state: LaneState }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const uses = useRef(new Uint8Array(ID_SHOWN_MAX));
  const live = useRef(new Set<number>());
  useEffect(() => {
    if (state.pairCount === 0) uses.current.fill(0);
    for (const id of state.liveIds) {
      if (!live.current.has(id)) uses.current[id] = Math.min(255, uses.current[id]! + 1);
    }
    live.current = new Set(state.liveIds);
    draw(canvas.current!, live.current, uses.current);
  }, [state]);
  return (
    <canvas
      ref={canvas}
      class="ids"
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`Ids below ${ID_SHOWN_MAX}: ${state.liveIds.length} live`}
    />
  );
}

function draw(canvas: HTMLCanvasElement, live: ReadonlySet<number>, uses: Uint8Array): void {
  const style = getComputedStyle(document.documentElement);
  const context = canvas.getContext('2d')!;
  context.clearRect(0, 0, WIDTH, HEIGHT);
  const paint = (color: string, alpha: number, wanted: (id: number) => boolean) => {
    context.fillStyle = style.getPropertyValue(color);
    context.globalAlpha = alpha;
    for (let id = 0; id < ID_SHOWN_MAX; id++) {
      if (wanted(id)) context.fillRect(id % WIDTH, Math.floor(id / WIDTH), 1, 1);
    }
  };
  paint('--faint', 0.25, (id) => uses[id]! > 0 && !live.has(id));
  paint('--live', 1, (id) => live.has(id) && uses[id]! < 2);
  paint('--reused', 1, (id) => live.has(id) && uses[id]! >= 2);
}
