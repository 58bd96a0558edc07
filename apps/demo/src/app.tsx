// The frame of the page: its name, the way to each view, and the view that the address asks for.
import type { ComponentType } from 'preact';
import { viewName } from './route.ts';
import { MachineView } from './views/machine/machine-view.tsx';
import { PolicyView } from './views/policy/policy-view.tsx';
import { RaceView } from './views/race/race-view.tsx';
import { RecordingView } from './views/recording/recording-view.tsx';
import { SpawnView } from './views/spawn/spawn-view.tsx';

/** A view by the name it has in the address. */
interface Listed {
  readonly title: string;
  readonly View: ComponentType;
}

const views: Readonly<Record<string, Listed>> = {
  race: { title: 'Race', View: RaceView },
  machine: { title: 'Machine', View: MachineView },
  spawn: { title: 'Make a process', View: SpawnView },
  policy: { title: 'Memory policy', View: PolicyView },
  recording: { title: 'Your recording', View: RecordingView },
};

/** The whole page. */
export function App() {
  const name = viewName.value in views ? viewName.value : 'race';
  const { View } = views[name]!;
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
        <View key={name} />
      </main>
    </>
  );
}
