// Thousands of clients of graphql-transport-ws in one process, or of a bare WebSocket: on plain sockets, because a client library would take longer for a message than the
// server that is measured. Told what to do by messages of its parent, each of which is answered; besides, it tells when a breach has reached everybody in a crowd.
import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { wallClockOffset } from './wall-clock.mjs';

/** Handshakes under way at the same time. */
const AT_ONCE = 100;
/** The number of a breach comes first in what is asked for. */
const HEAD = 160;
const NUMBER = '"number":';

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Every socket reads into this: what it brings is looked at before the next one reads. */
const shared = Buffer.allocUnsafe(65_536);
const crowds = new Map();
let offset = wallClockOffset();
let cpu = process.cpuUsage();
let utilization = performance.eventLoopUtilization();

class Client {
  rest = null;
  isOpen = false;
  isLive = false;

  constructor(crowd) {
    this.crowd = crowd;
    this.live = new Promise((resolve, reject) => {
      this.onLive = resolve;
      this.onRefused = reject;
    });
    const { port, path } = crowd;
    this.socket = connect({ port, host: '127.0.0.1', onread: { buffer: shared, callback: (length) => this.read(length) } });
    this.socket.setNoDelay(true);
    this.socket.on('connect', () => this.socket.write(handshake(port, path)));
    this.socket.on('error', (error) => this.onRefused(error));
    this.socket.on('close', () => {
      this.isLive = false;
      this.crowd.closed += 1;
      this.onRefused(new Error('a socket was closed'));
    });
  }

  read(length) {
    const now = performance.now();
    let bytes = shared;
    let end = length;
    if (this.rest !== null) {
      bytes = Buffer.concat([this.rest, shared.subarray(0, length)]);
      end = bytes.length;
      this.rest = null;
    }
    let start = this.isOpen ? 0 : this.open(bytes, end);
    while (this.isOpen && start < end) {
      const next = this.frame(bytes, start, end, now);
      if (next < 0) break;
      start = next;
    }
    if (start < end) this.rest = Buffer.from(bytes.subarray(start, end));
    return true;
  }

  /** Where the frames begin. */
  open(bytes, end) {
    const head = bytes.latin1Slice(0, end);
    const after = head.indexOf('\r\n\r\n');
    if (after < 0) return 0;
    if (!head.startsWith('HTTP/1.1 101 ')) {
      this.onRefused(new Error(head));
      return end;
    }
    this.isOpen = true;
    if (this.crowd.query === null) this.begin();
    else this.send(TEXT, '{"type":"connection_init"}');
    return after + 4;
  }

  /** Where the next one begins; -1 where this one is not whole yet. */
  frame(bytes, start, end, now) {
    if (end - start < 2) return -1;
    let length = bytes[start + 1];
    let from = start + 2;
    if (length === 126) {
      if (end - start < 4) return -1;
      length = bytes.readUInt16BE(from);
      from += 2;
    } else if (length === 127) {
      if (end - start < 10) return -1;
      length = Number(bytes.readBigUInt64BE(from));
      from += 8;
    }
    if (end - from < length) return -1;
    this.take(bytes[start] & 15, bytes, from, from + length, now);
    return from + length;
  }

  take(opcode, bytes, from, to, now) {
    if (opcode === PING) this.send(PONG, bytes.toString('utf8', from, to));
    else if (opcode === CLOSE) this.crowd.codes.push(bytes.readUInt16BE(from));
    if (opcode !== TEXT) return;
    const head = bytes.latin1Slice(from, Math.min(to, from + HEAD));
    const at = head.indexOf(NUMBER);
    if (at >= 0) this.crowd.arrived(Number.parseInt(head.slice(at + NUMBER.length), 10), now, bytes, from, to);
    else if (!this.isLive) this.greet(bytes.toString('utf8', from, to));
  }

  greet(text) {
    const { type } = JSON.parse(text);
    if (type === 'connection_ack') this.send(TEXT, JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query: this.crowd.query } }));
    else if (type === 'next') this.begin();
    else this.onRefused(new Error(text));
  }

  begin() {
    this.isLive = true;
    this.onLive();
  }

  send(opcode, text) {
    const payload = Buffer.from(text);
    const head =
      payload.length < 126 ? Buffer.from([128 | opcode, 128 | payload.length]) : Buffer.from([128 | opcode, 254, payload.length >> 8, payload.length & 255]);
    // A mask of zeros changes nothing.
    this.socket.write(Buffer.concat([head, Buffer.alloc(4), payload]));
  }
}

class Crowd {
  clients = [];
  arrivals = new Map();
  codes = [];
  closed = 0;
  sample = null;

  constructor(name, { port, path, query }) {
    this.name = name;
    this.port = port;
    this.path = path;
    this.query = query;
  }

  async grow(count) {
    let left = count;
    const enter = async () => {
      while (left > 0) {
        left -= 1;
        const client = new Client(this);
        this.clients.push(client);
        await client.live;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, enter));
  }

  arrived(number, now, bytes, from, to) {
    let arrival = this.arrivals.get(number);
    if (arrival === undefined) {
      arrival = { times: new Float64Array(this.clients.length), count: 0 };
      this.arrivals.set(number, arrival);
      this.sample = bytes.toString('utf8', from, to);
    }
    arrival.times[arrival.count] = now;
    arrival.count += 1;
    if (arrival.count === this.clients.length) process.send({ crowd: this.name, number });
  }

  take() {
    const arrivals = [...this.arrivals].map(([number, { times, count }]) => ({ number, times: times.subarray(0, count).map((time) => time + offset) }));
    this.arrivals.clear();
    return { arrivals, codes: this.codes, closed: this.closed, sample: this.sample };
  }
}

function handshake(port, path) {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Protocol: graphql-transport-ws',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const orders = {
  /** So many more clients in a crowd; resolves when each has its first frame, or with a bare WebSocket its handshake. */
  async grow({ name, port, path, query, count }) {
    if (!crowds.has(name)) crowds.set(name, new Crowd(name, { port, path, query }));
    await crowds.get(name).grow(count);
  },
  /** Forgets what arrived so far, and begins to count its own processor time. */
  begin() {
    for (const crowd of crowds.values()) crowd.take();
    offset = wallClockOffset();
    cpu = process.cpuUsage();
    utilization = performance.eventLoopUtilization();
  },
  /** What has arrived since: by the number of the breach, when it was there at each client, in milliseconds since 1970. */
  collect({ name }) {
    const { user, system } = process.cpuUsage(cpu);
    const busy = performance.eventLoopUtilization(utilization).utilization;
    return { ...crowds.get(name).take(), cpuMs: (user + system) / 1000, busy };
  },
  /** Nobody in the crowd reads any more. */
  stall({ name }) {
    for (const { socket } of crowds.get(name).clients) socket.pause();
  },
  /** They read again. */
  resume({ name }) {
    for (const { socket } of crowds.get(name).clients) socket.resume();
  },
  leave({ name }) {
    for (const { socket } of crowds.get(name).clients) socket.destroy();
    crowds.delete(name);
  },
};

process.on('message', (message) => void obey(message));
process.on('disconnect', () => process.exit());

async function obey({ id, order, options }) {
  try {
    process.send({ id, answer: (await orders[order](options)) ?? null });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
}
