// Reads a recording and replays it, away from the page.
import { unpacked } from '../../unpack.ts';
import { readRecording, type Recording } from './read-recording.ts';
import { replays } from './replay-recording.ts';
import type { Replayed } from '@forkless/spawn';

/** A recording as a file, or as a text with a name. */
export type ToRecordingWorker =
  | { readonly file: File }
  | { readonly name: string; readonly text: string };

/** What the page gets: the recording, then a replay after the other, or what is wrong. */
export type FromRecordingWorker =
  | { readonly kind: 'read'; readonly recording: Recording }
  | { readonly kind: 'replayed'; readonly row: Replayed }
  | { readonly kind: 'failed'; readonly problem: string };

const FILE_BYTES_MAX = 2 ** 28;

const tell = (message: FromRecordingWorker) => postMessage(message);

async function textOf(asked: ToRecordingWorker): Promise<readonly [name: string, text: string]> {
  if ('text' in asked) return [asked.name, asked.text];
  const { name, size } = asked.file;
  if (size > FILE_BYTES_MAX) {
    throw new Error(`${name}: expected at most 256 MiB, got ${size} bytes`);
  }
  const packed = new Uint8Array(await asked.file.arrayBuffer());
  const bytes = await unpacked(packed, { name, bytesMax: FILE_BYTES_MAX });
  return [name, new TextDecoder().decode(bytes)];
}

async function serve(asked: ToRecordingWorker): Promise<void> {
  const recording = readRecording(...(await textOf(asked)));
  tell({ kind: 'read', recording });
  if (recording.records.length === 0) return;
  for (const row of replays(recording.records)) tell({ kind: 'replayed', row });
}

addEventListener('message', ({ data }: MessageEvent<ToRecordingWorker>) => {
  serve(data).catch((error: Error) => tell({ kind: 'failed', problem: error.message }));
});
