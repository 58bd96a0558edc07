// A timeline as a Perfetto trace: a track for each process, slices for the programs it ran, a flow from
// the parent, and a counter of the processes alive. It is a plain sequence of packets, so it is written as
// processes end.
import { keyNumber } from '../process/process-tree.ts';
import type { ProcessRecord } from '../process/process-record.ts';
import { programSpans, rowName } from './program-spans.ts';
import { ProtobufMessage } from './protobuf.ts';
import { createTimelineWriter, type TimelineWriter } from './timeline-writer.ts';

/** Field numbers. @see perfetto, protos/perfetto/trace/trace_packet.proto and track_event/*.proto */
const TRACE = { packet: 1 };
const PACKET = { timestamp: 8, sequenceId: 10, trackEvent: 11, trackDescriptor: 60 };
const TRACK_EVENT = {
  type: 9,
  trackUuid: 11,
  categories: 22,
  name: 23,
  counterValue: 30,
  flowIds: 47,
};
const DESCRIPTOR = { uuid: 1, name: 2, process: 3, counter: 8 };
const PROCESS = { pid: 1, name: 6 };

const SLICE_BEGIN = 1;
const SLICE_END = 2;
const INSTANT = 3;
const COUNTER = 4;

/** All packets are of one writer. */
const SEQUENCE_ID = 1;
/** Track of the counter; those of processes start behind it. */
const COUNTER_UUID = 1;

/** Writes a timeline, and the number of processes alive. */
export interface PerfettoWriter extends TimelineWriter {
  /** `count` processes are alive from `timeNs` on. */
  alive(timeNs: number, count: number): void;
}

/** Writes a trace to `write`, in pieces; joined they are the file. */
export function createPerfettoWriter(write: (bytes: Uint8Array) => void): PerfettoWriter {
  const put = (packet: ProtobufMessage) =>
    write(new ProtobufMessage().message(TRACE.packet, packet).encode());
  let hasCounter = false;
  const writer = createTimelineWriter({
    begin: () => {},
    write: (record, lastNs) => putProcess(put, record, lastNs),
    end: () => {},
  });
  return {
    ...writer,
    alive(timeNs, count) {
      if (!hasCounter) put(counterDescriptor());
      hasCounter = true;
      const event = trackEvent(COUNTER, COUNTER_UUID).varint(TRACK_EVENT.counterValue, count);
      put(eventPacket(timeNs, event));
    },
  };
}

function putProcess(
  put: (packet: ProtobufMessage) => void,
  record: ProcessRecord,
  lastNs: number,
): void {
  const uuid = uuidOf(keyNumber(record));
  put(processDescriptor(record, uuid));
  programSpans(record, lastNs).forEach(({ name, fromNs, toNs }, i) => {
    const begin = trackEvent(SLICE_BEGIN, uuid)
      .text(TRACK_EVENT.categories, 'process')
      .text(TRACK_EVENT.name, name);
    if (i === 0 && record.parent !== undefined) begin.fixed64(TRACK_EVENT.flowIds, uuid);
    put(eventPacket(fromNs, begin));
    put(eventPacket(toNs, trackEvent(SLICE_END, uuid)));
  });
  if (record.parent === undefined) return;
  const parentUuid = uuidOf(keyNumber(record.parent));
  const fork = trackEvent(INSTANT, parentUuid)
    .text(TRACK_EVENT.categories, 'fork')
    .text(TRACK_EVENT.name, record.api ?? 'fork')
    .fixed64(TRACK_EVENT.flowIds, uuid);
  put(eventPacket(record.startNs, fork));
}

function uuidOf(key: number): number {
  return key + COUNTER_UUID + 1;
}

function trackEvent(type: number, uuid: number): ProtobufMessage {
  return new ProtobufMessage().varint(TRACK_EVENT.type, type).varint(TRACK_EVENT.trackUuid, uuid);
}

function eventPacket(timeNs: number, event: ProtobufMessage): ProtobufMessage {
  return new ProtobufMessage()
    .varint(PACKET.timestamp, Math.max(0, timeNs))
    .varint(PACKET.sequenceId, SEQUENCE_ID)
    .message(PACKET.trackEvent, event);
}

function processDescriptor(record: ProcessRecord, uuid: number): ProtobufMessage {
  const name = rowName(record);
  const descriptor = new ProtobufMessage().varint(DESCRIPTOR.uuid, uuid);
  // Perfetto takes two processes of one pid for the same, so only the first is one; the others are
  // tracks by themselves.
  if (record.incarnation > 0) {
    descriptor.text(DESCRIPTOR.name, `${name} ${record.pid} (reuse ${record.incarnation})`);
  } else {
    const process = new ProtobufMessage().varint(PROCESS.pid, record.pid).text(PROCESS.name, name);
    descriptor.message(DESCRIPTOR.process, process);
  }
  return new ProtobufMessage()
    .varint(PACKET.sequenceId, SEQUENCE_ID)
    .message(PACKET.trackDescriptor, descriptor);
}

function counterDescriptor(): ProtobufMessage {
  const descriptor = new ProtobufMessage()
    .varint(DESCRIPTOR.uuid, COUNTER_UUID)
    .text(DESCRIPTOR.name, 'processes alive')
    .message(DESCRIPTOR.counter, new ProtobufMessage());
  return new ProtobufMessage()
    .varint(PACKET.sequenceId, SEQUENCE_ID)
    .message(PACKET.trackDescriptor, descriptor);
}
