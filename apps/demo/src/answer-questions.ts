// The worker's side of a question that the page asks.

/** What a worker posts back. */
export type WorkerAnswer<Value> = { readonly value: Value } | { readonly problem: string };

/** Answers each question by `answerTo`; what goes wrong is the answer then. */
export function answerQuestions<Asked, Value>(answerTo: (asked: Asked) => Value): void {
  addEventListener('message', ({ data }: MessageEvent<Asked>) => {
    let told: WorkerAnswer<Value>;
    try {
      told = { value: answerTo(data) };
    } catch (error) {
      told = { problem: (error as Error).message };
    }
    postMessage(told);
  });
}
