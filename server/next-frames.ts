import type { Frame } from './subscriptions/subscription.ts';

const BEFORE_ID = '{"id":';
const BEFORE_PAYLOAD = ',"type":"next","payload":';
const AFTER_PAYLOAD = '}';

/** The end of the message and text, as RFC 6455 has it in the first byte of a frame. */
const FINAL_TEXT = 0x81;

/**
 * Writes `next` messages as WebSocket frames, whole. All that a message to one client has of its own is its id, so its frame is a copy of the one before with another id
 * written in: no JSON, no translation to UTF-8, and one write where ws makes two.
 */
export class NextFrames {
  #frame: Frame | null = null;
  #id = '';
  #bytes: Buffer = Buffer.alloc(0);
  #idStart = 0;

  /** `id` is JSON text in ASCII. What comes back may go to several sockets and must not be changed. */
  encode(id: string, frame: Frame): Buffer {
    if (frame === this.#frame && id === this.#id) return this.#bytes;
    if (frame === this.#frame && id.length === this.#id.length) {
      const copy = Buffer.allocUnsafe(this.#bytes.length);
      copy.set(this.#bytes);
      copy.write(id, this.#idStart, 'latin1');
      this.#bytes = copy;
    } else {
      this.#write(id, frame);
    }
    this.#frame = frame;
    this.#id = id;
    return this.#bytes;
  }

  #write(id: string, { json }: Frame): void {
    const length = BEFORE_ID.length + id.length + BEFORE_PAYLOAD.length + Buffer.byteLength(json) + AFTER_PAYLOAD.length;
    const head = frameHead(length);
    const text = `${BEFORE_ID}${id}${BEFORE_PAYLOAD}${json}${AFTER_PAYLOAD}`;
    this.#bytes = Buffer.allocUnsafe(head.length + length);
    this.#bytes.set(head);
    this.#bytes.write(text, head.length, 'utf8');
    this.#idStart = head.length + BEFORE_ID.length;
  }
}

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
