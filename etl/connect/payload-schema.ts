import { z } from 'zod';
import { durationOrNothing, text } from './schema-parts.ts';

/** A place in a JSON payload: names joined by dots, numbers into lists. */
const path = text;

const shape = {
  /** `number`: the payload is one number, and the topic says of what. */
  format: z.enum(['json', 'number'], 'expected json or number').default('json'),
  /** Where the list of records is; null: the payload is one record, or a list of them. */
  records: path.nullable().default(null),
  /** Where a record has its time; null: it has none, and the time of the message is taken. */
  time: path.nullable().default('time'),
  /** Where a record names its sensor, unless the topic does. */
  sensor: path.default('sensor'),
  /** Where a record names its metric, unless the topic does. */
  metric: path.default('metric'),
  /** Where a record has its value. */
  value: path.default('value'),
  /** Of a record with several values: metrics, and where the value of each is. */
  values: z.record(text, path).nullable().default(null),
};

/** How the payload of a message is read. */
export const payloadSchema = z
  .preprocess((given) => (given === 'json' || given === 'number' ? { format: given } : given), z.strictObject(shape))
  .superRefine(({ format, ...given }, context) => {
    if (format !== 'number') return;
    const [extra] = Object.entries(given).filter(
      ([, value]) => value !== null && value !== 'time' && value !== 'sensor' && value !== 'metric' && value !== 'value',
    );
    if (extra !== undefined) context.addIssue({ code: 'custom', path: [extra[0]], message: 'expected none: the payload is one number' });
  });

/** How the payload of a message is read, with defaults filled in. */
export type PayloadRules = z.output<typeof payloadSchema>;

/** How long a reading may wait for others before they are loaded together. */
export const maxWait = durationOrNothing.default(1_000_000);

/** Files in PEM for a broker that asks for them. */
export const tlsSchema = z
  .strictObject({
    /** Of authorities beside those that the system knows. */
    ca: text.nullable().default(null),
    /** With `key`: what we show. */
    cert: text.nullable().default(null),
    key: text.nullable().default(null),
  })
  .refine(({ cert, key }) => (cert === null) === (key === null), 'expected cert and key together')
  .nullable()
  .default(null);

/** Files in PEM, or null where none are wanted. */
export type TlsFiles = z.output<typeof tlsSchema>;
