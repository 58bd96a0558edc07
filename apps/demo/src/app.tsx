// The frame of the page: its name, the way to each view, and the view that the address asks for. A view
// is loaded when it is first asked for.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { viewName } from './route.ts';

/** A view by the name it has in the address. */
interface Listed {
  readonly title: string;
  readonly load: () => Promise<ComponentType>;
}

const views: Readonly<Record<string, Listed>> = {
  race: {
    title: 'Race',
    load: () => import('./views/race/race-view.tsx').then(({ RaceView }) => RaceView),
  },
  machine: {
    title: 'Machine',
    load: () => import('./views/machine/machine-view.tsx').then(({ MachineView }) => MachineView),
  },
  spawn: {
    title: 'Make a process',
    load: () => import('./views/spawn/spawn-view.tsx').then(({ SpawnView }) => SpawnView),
  },
  policy: {
    title: 'Memory policy',
    load: () => import('./views/policy/policy-view.tsx').then(({ PolicyView }) => PolicyView),
  },
  recording: {
    title: 'Your recording',
    load: () =>
      import('./views/recording/recording-view.tsx').then(({ RecordingView }) => RecordingView),
  },
  interleavings: {
    title: 'Interleavings',
    load: () =>
      import('./views/interleavings/interleavings-view.tsx').then(
        ({ InterleavingsView }) => InterleavingsView,
      ),
  },
};

/** Views that are there, or why one is not. */
const loaded = signal<ReadonlyMap<string, ComponentType | Error>>(new Map());

function keep(name: string, what: ComponentType | Error): void {
  loaded.value = new Map([...loaded.value, [name, what]]);
}

/** The whole page. */
export function App() {
  const name = viewName.value in views ? viewName.value : 'race';
  const View = loaded.value.get(name);
  useEffect(() => {
    if (typeof View === 'function') return;
    views[name]!.load().then(
      (made) => keep(name, made),
      (error: Error) => keep(name, error),
    );
  }, [name]);
  return (
    <>
      <header class="top">
        <h1>
          <a href="#/race">Forkless</a>
        </h1>
        <nav aria-label="Views">
          {Object.entries(views).map(([key, { title }]) => (
            <a key={key} href={`#/${key}`} aria-current={key === name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {View === undefined ? <p aria-live="polite">Loading…</p> : null}
        {View instanceof Error ? (
          <p class="error" role="alert">
            This view could not be loaded: {View.message}
          </p>
        ) : null}
        {typeof View === 'function' ? <View key={name} /> : null}
      </main>
    </>
  );
}
