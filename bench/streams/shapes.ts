/** How readings are put into messages. */
export interface MessageShape {
  readonly name: string;
  readonly messages: number;
  readonly readingsEach: number;
}

/** As single devices send, and as a collector that gathers does. */
export const MESSAGE_SHAPES: readonly MessageShape[] = [
  { name: 'one reading a message', messages: 200_000, readingsEach: 1 },
  { name: '100 readings a message', messages: 10_000, readingsEach: 100 },
];

const SENSORS = 100;
const FROM = Date.UTC(2025, 0, 1);

/** The text of a message, in time order over all of them. */
export function messageText({ readingsEach }: MessageShape, at: number): string {
  const records = Array.from({ length: readingsEach }, (_, of) => recordOf(at * readingsEach + of));
  return readingsEach === 1 ? (records[0] ?? '') : `[${records.join()}]`;
}

function recordOf(number: number): string {
  const time = new Date(FROM + Math.floor(number / SENSORS) * 1000).toISOString();
  const value = Math.round((20 + 10 * Math.sin(number / 5000)) * 100) / 100;
  return `{"time":"${time}","sensor":"stream-${number % SENSORS}","metric":"temperature","value":${value}}`;
}
