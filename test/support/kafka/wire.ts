/** How a value is written. */
export type WireType = 'int8' | 'int16' | 'int32' | 'int64' | 'bool' | 'string' | 'bytes' | { readonly list: WireType | readonly WireField[] };

/** A field of a message, in which versions of it; what a version lacks is read as `missing`. */
export interface WireField {
  readonly name: string;
  readonly type: WireType;
  readonly since?: number;
  readonly until?: number;
  readonly missing?: WireValue;
}

/** What is read and written: texts, numbers, lists, and messages inside of messages. */
export type WireValue = string | number | bigint | boolean | Buffer | null | readonly WireValue[] | WireMessage;

/** Fields by name. */
export interface WireMessage {
  readonly [name: string]: WireValue;
}

/** A version of a message: `isFlexible` ones write lengths as varints and end in tagged fields. */
export interface WireVersion {
  readonly version: number;
  readonly isFlexible: boolean;
}

/** Reads a message of a version from a buffer. */
export function decode(fields: readonly WireField[], version: WireVersion, buffer: Buffer): WireMessage {
  return new Decoder(buffer, version).message(fields);
}

/** Writes a message in a version. */
export function encode(fields: readonly WireField[], version: WireVersion, message: WireMessage): Buffer {
  const encoder = new Encoder(version);
  encoder.message(fields, message);
  return Buffer.concat(encoder.parts);
}

function isIn({ since = 0, until = 99 }: WireField, { version }: WireVersion): boolean {
  return version >= since && version <= until;
}

class Decoder {
  readonly #buffer: Buffer;
  readonly #version: WireVersion;
  #at = 0;

  constructor(buffer: Buffer, version: WireVersion) {
    this.#buffer = buffer;
    this.#version = version;
  }

  message(fields: readonly WireField[]): WireMessage {
    const found: Record<string, WireValue> = {};
    for (const field of fields) found[field.name] = isIn(field, this.#version) ? this.#value(field.type) : (field.missing ?? null);
    if (this.#version.isFlexible) for (let tags = this.#varint(); tags > 0; tags -= 1) this.#tag();
    return found;
  }

  #value(type: WireType): WireValue {
    if (typeof type === 'object') return this.#list(type.list);
    const at = this.#at;
    switch (type) {
      case 'int8':
        this.#at += 1;
        return this.#buffer.readInt8(at);
      case 'bool':
        this.#at += 1;
        return this.#buffer.readInt8(at) !== 0;
      case 'int16':
        this.#at += 2;
        return this.#buffer.readInt16BE(at);
      case 'int32':
        this.#at += 4;
        return this.#buffer.readInt32BE(at);
      case 'int64':
        this.#at += 8;
        return this.#buffer.readBigInt64BE(at);
      case 'string':
        return this.#bytes(2)?.toString() ?? null;
      case 'bytes':
        return this.#bytes(4);
    }
  }

  #list(of: WireType | readonly WireField[]): WireValue {
    const count = this.#length(4);
    if (count === null) return null;
    return Array.from({ length: count }, () => (isFields(of) ? this.message(of) : this.#value(of)));
  }

  #bytes(size: 2 | 4): Buffer | null {
    const length = this.#length(size);
    if (length === null) return null;
    this.#at += length;
    return this.#buffer.subarray(this.#at - length, this.#at);
  }

  #length(size: 2 | 4): number | null {
    const length = this.#version.isFlexible ? this.#varint() - 1 : this.#buffer.readIntBE(this.#at, size);
    if (!this.#version.isFlexible) this.#at += size;
    return length < 0 ? null : length;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  #tag(): void {
    this.#varint();
    this.#at += this.#varint();
  }
}

class Encoder {
  readonly parts: Buffer[] = [];
  readonly #version: WireVersion;

  constructor(version: WireVersion) {
    this.#version = version;
  }

  message(fields: readonly WireField[], message: WireMessage): void {
    for (const field of fields) if (isIn(field, this.#version)) this.#value(field.type, message[field.name] ?? field.missing ?? null);
    if (this.#version.isFlexible) this.#varint(0);
  }

  #value(type: WireType, value: WireValue): void {
    if (typeof type === 'object') this.#list(type.list, value);
    else if (type === 'string') this.#bytes(typeof value === 'string' ? Buffer.from(value) : null, 2);
    else if (type === 'bytes') this.#bytes(Buffer.isBuffer(value) ? value : null, 4);
    else this.#number(type, value);
  }

  #number(type: 'int8' | 'int16' | 'int32' | 'int64' | 'bool', value: WireValue): void {
    const size = { int8: 1, bool: 1, int16: 2, int32: 4, int64: 8 }[type];
    const part = Buffer.alloc(size);
    if (type === 'int64') part.writeBigInt64BE(BigInt(Number(value ?? 0)));
    else part.writeIntBE(Number(value ?? 0), 0, size);
    this.parts.push(part);
  }

  #list(of: WireType | readonly WireField[], value: WireValue): void {
    const members = Array.isArray(value) ? value : null;
    this.#length(members?.length ?? null, 4);
    for (const member of members ?? []) {
      if (isFields(of)) this.message(of, member);
      else this.#value(of, member);
    }
  }

  #bytes(value: Buffer | null, size: 2 | 4): void {
    this.#length(value?.length ?? null, size);
    if (value !== null) this.parts.push(value);
  }

  #length(length: number | null, size: 2 | 4): void {
    if (this.#version.isFlexible) {
      this.#varint((length ?? -1) + 1);
      return;
    }
    const part = Buffer.alloc(size);
    part.writeIntBE(length ?? -1, 0, size);
    this.parts.push(part);
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
    this.parts.push(Buffer.from(bytes));
  }
}

function isFields(of: WireType | readonly WireField[]): of is readonly WireField[] {
  return Array.isArray(of);
}
