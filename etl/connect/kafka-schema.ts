import { z } from 'zod';
import { maxWait, payloadSchema, tlsSchema } from './payload-schema.ts';
import { duration, text, wholeNumber } from './schema-parts.ts';

const list = (rule: string) =>
  z.preprocess((given) => (typeof given === 'string' ? given.split(',').map((one) => one.trim()) : given), z.array(text, rule).min(1, rule).max(100, rule));

/** The part of a job that says where its input is, of the kind `kafka`. */
export const kafkaSource = z.strictObject({
  kind: z.literal('kafka'),
  /** `host:port` of some brokers; the others are learnt from them. */
  brokers: list('expected host:port, or a list of them'),
  topics: list('expected the name of a topic, or a list of them'),
  /** The consumer group that shares the partitions; null: after the job. */
  group: text.nullable().default(null),
  /** Where partitions are begun that the job has no position in. */
  start: z.enum(['earliest', 'latest'], 'expected earliest or latest').default('earliest'),
  /** Whether a message without a sensor in its payload takes its key for one. */
  keyIsSensor: z.boolean('expected true or false').default(false),
  payload: payloadSchema.prefault({}),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], 'expected PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512').default('PLAIN'),
      username: text,
      password: text,
    })
    .nullable()
    .default(null),
  /** Files in PEM; `{}`: TLS with what the system knows. */
  tls: tlsSchema,
  /** An instance that is silent for so long is taken for dead, and others get its partitions. */
  sessionTimeout: duration.default(30_000_000),
  /** Bytes of one answer of one broker. */
  maxBytes: wholeNumber(1024, 100_000_000).default(4_000_000),
  maxWait,
});

/** A source of the kind `kafka`, with defaults filled in. */
export type KafkaSource = z.output<typeof kafkaSource>;
