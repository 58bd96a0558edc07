// What is shown is in the address: the view after the hash, its state as parameters after that. Every
// state of the page is therefore a link.
import { computed, signal } from '@preact/signals';

/** The view and its parameters. */
export interface Route {
  readonly view: string;
  readonly params: ReadonlyMap<string, string>;
}

/** Reads `#/race?cpus=8&seed=1`. */
export function parseRoute(hash: string): Route {
  const [view = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { view, params: new Map(new URLSearchParams(query)) };
}

/** Writes it; parameters in the order they were set. */
export function formatRoute({ view, params }: Route): string {
  const query = new URLSearchParams([...params]).toString();
  return `#/${view}${query === '' ? '' : `?${query}`}`;
}

const route = signal(parseRoute(location.hash));
addEventListener('hashchange', () => (route.value = parseRoute(location.hash)));

/** The name of the view shown. */
export const viewName = computed(() => route.value.view);

/** A parameter of the view shown, or what it is when the address does not say. */
export function param(name: string, otherwise: string): string {
  return route.value.params.get(name) ?? otherwise;
}

/** Puts parameters into the address without a step in the history. */
export function setParams(changed: Readonly<Record<string, string>>): void {
  const params = new Map([...route.value.params, ...Object.entries(changed)]);
  const next = { view: route.value.view, params };
  history.replaceState(null, '', formatRoute(next));
  route.value = next;
}
