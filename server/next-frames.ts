import type { Duplex } from 'node:stream';
import type { Frame } from './subscriptions/subscription.ts';

const BEFORE_ID = '{"id":';
const BEFORE_PAYLOAD = ',"type":"next","payload":';
const AFTER_PAYLOAD = '}';

/** The end of the message and text, as RFC 6455 has it in the first byte of a frame. */
const FINAL_TEXT = 0x81;

/** Messages up to this size are copied for each client, because one write is quicker than two; of longer ones all clients share the bytes, also while they wait. */
const COPIED_BYTES = 8_192;

/**
 * Writes `next` messages as WebSocket frames. All that a message to one client has of its own is its id, so its frame is the one before with another id written in: no JSON,
 * no translation to UTF-8, and where it is short one write where ws makes two.
 */
export class NextFrames {
  #frame: Frame | null = null;
  #id = '';
  /** Of the frame: whole, or where it is long without the payload. */
  #front: Buffer = EMPTY;
  #idStart = 0;
  /** Of a long frame. */
  #payload: Buffer = EMPTY;

  /** `id` is JSON text in ASCII. What goes to several sockets may be the same bytes. */
  write(socket: Duplex, id: string, frame: Frame): void {
    if (frame !== this.#frame || id.length !== this.#id.length) this.#encode(id, frame);
    else if (id !== this.#id) this.#rename(id);
    if (this.#payload.length === 0) {
      socket.write(this.#front);
      return;
    }
    socket.cork();
    socket.write(this.#front);
    socket.write(this.#payload);
    socket.uncork();
  }

  #encode(id: string, frame: Frame): void {
    const before = `${BEFORE_ID}${id}${BEFORE_PAYLOAD}`;
    const payload = `${frame.json}${AFTER_PAYLOAD}`;
    const payloadBytes = Buffer.byteLength(payload);
    const head = frameHead(before.length + payloadBytes);
    const isCopied = payloadBytes <= COPIED_BYTES;
    this.#front = Buffer.concat([head, Buffer.from(isCopied ? before + payload : before)]);
    this.#payload = isCopied ? EMPTY : Buffer.from(payload);
    this.#idStart = head.length + BEFORE_ID.length;
    this.#id = id;
    this.#frame = frame;
  }

  /** In a copy: the bytes before may still be on their way. */
  #rename(id: string): void {
    const copy = Buffer.allocUnsafe(this.#front.length);
    copy.set(this.#front);
    copy.write(id, this.#idStart, 'latin1');
    this.#front = copy;
    this.#id = id;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

/** An id as JSON text in which a character is a byte. */
export function asciiJson(id: string): string {
  return JSON.stringify(id).replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The head of a frame that a server sends: unmasked, not compressed, with the shortest of the three forms of its length. */
function frameHead(length: number): Buffer {
  if (length < 126) return Buffer.from([FINAL_TEXT, length]);
  if (length < 0x10000) return Buffer.from([FINAL_TEXT, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = FINAL_TEXT;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
