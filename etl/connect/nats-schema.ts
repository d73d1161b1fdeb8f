import { z } from 'zod';
import { maxWait, payloadSchema, tlsSchema } from './payload-schema.ts';
import { duration, text, wholeNumber } from './schema-parts.ts';
import { parseSubjectTemplate } from './subject-template.ts';

const list = (rule: string) =>
  z.preprocess((given) => (typeof given === 'string' ? given.split(',').map((one) => one.trim()) : given), z.array(text, rule).min(1, rule).max(100, rule));

/** The part of a job that says where its input is, of the kind `nats`. */
export const natsSource = z.strictObject({
  kind: z.literal('nats'),
  /** `nats://host:port` or `host:port`, one or several of one cluster. */
  servers: list('expected nats://host:port, or a list of them'),
  username: text.nullable().default(null),
  password: text.nullable().default(null),
  token: text.nullable().default(null),
  tls: tlsSchema,
  /** The JetStream stream, which must be there. */
  stream: text,
  /** Subjects of the stream; several need a server from 2.10 on. */
  subjects: list('expected a subject, or a list of them').nullable().default(null),
  /** Names for tokens of the subject, such as plant.*.{sensor}.{metric}; null: the payload says it all. */
  template: text
    .superRefine((written, context) => {
      const parsed = parseSubjectTemplate(written);
      if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
    })
    .nullable()
    .default(null),
  /** The durable consumer that all instances share; null: after the job. Made where it is not there. */
  consumer: z
    .string()
    .regex(/^[^\s.*>/\\]+$/, 'expected a name without spaces, dots, * > / \\')
    .nullable()
    .default(null),
  /** Where a consumer that is made begins. */
  start: z.enum(['earliest', 'latest'], 'expected earliest or latest').default('earliest'),
  /** A message that is not acknowledged for so long is handed over again. Told to go on waiting while its batch lasts. */
  ackWait: duration.default(30_000_000),
  /** Messages that may be handed over before the first is acknowledged, over all instances. */
  inFlight: wholeNumber(1, 100_000).default(20_000),
  payload: payloadSchema.prefault({}),
  maxWait,
});

/** A source of the kind `nats`, with defaults filled in. */
export type NatsSource = z.output<typeof natsSource>;
