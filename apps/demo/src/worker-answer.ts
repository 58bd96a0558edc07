// A question answered in a worker, so that the page goes on meanwhile. What was known stays until the new
// answer is there; a question that is no longer asked is given up.
import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { WorkerAnswer } from './answer-questions.ts';

/** An answer with its question. */
export interface Answered<Asked, Value> {
  readonly asked: Asked;
  readonly value?: Value;
  readonly problem?: string;
}

/** The last answer, and whether another is under way. Nothing is asked while `asked` is undefined. */
export function useWorkerAnswer<Asked, Value>(
  makeWorker: () => Worker,
  asked: Asked | undefined,
): { readonly answer: Answered<Asked, Value> | undefined; readonly isWaiting: boolean } {
  const answer = useMemo(() => signal<Answered<Asked, Value> | undefined>(undefined), []);
  const isWaiting = useMemo(() => signal(true), []);
  useEffect(() => {
    if (asked === undefined) return;
    const worker = makeWorker();
    isWaiting.value = true;
    const tell = (told: WorkerAnswer<Value>) => {
      answer.value = { asked, ...told };
      isWaiting.value = false;
    };
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer<Value>>) => tell(data));
    worker.addEventListener('error', ({ message }) => tell({ problem: message }));
    worker.postMessage(asked, []);
    return () => worker.terminate();
  }, [JSON.stringify(asked)]);
  return { answer: answer.value, isWaiting: isWaiting.value };
}
