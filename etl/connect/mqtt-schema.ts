import { z } from 'zod';
import { maxWait, payloadSchema, tlsSchema } from './payload-schema.ts';
import { duration, text, wholeNumber } from './schema-parts.ts';
import { parseTopicTemplate } from './topic-template.ts';

const URL_RULE = 'expected an address that begins with mqtt://, mqtts://, ws:// or wss://';

const template = text.superRefine((written, context) => {
  const parsed = parseTopicTemplate(written);
  if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
});

const topic = z.preprocess(
  (given) => (typeof given === 'string' ? { topic: given } : given),
  z.strictObject({
    /** Levels are literal, `+`, `{name}` or, at the end, `#`. */
    topic: template,
    /** How a sensor is called by the named levels; null: as the level {sensor}, or as the payload says. */
    sensor: text.nullable().default(null),
    /** How a metric is called by the named levels; null: as the level {metric}, or as the payload says. */
    metric: text.nullable().default(null),
    payload: payloadSchema.prefault({}),
  }),
);

/** The part of a job that says where its input is, of the kind `mqtt`. */
export const mqttSource = z.strictObject({
  kind: z.literal('mqtt'),
  url: text.refine((value) => URL.canParse(value) && /^(mqtts?|wss?):$/.test(new URL(value).protocol), URL_RULE),
  username: text.nullable().default(null),
  password: text.nullable().default(null),
  tls: tlsSchema,
  topics: z.preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    z.array(topic, 'expected a topic or a list of topics').min(1, 'expected a topic').max(100),
  ),
  /** Of a shared subscription: all instances consume and each message goes to one of them. null: one instance consumes, another takes over when it ends. */
  group: z
    .string()
    .regex(/^[^/+#$]+$/, 'expected a name without / + # $')
    .nullable()
    .default(null),
  /** How we are called at the broker; null: after the job. The broker keeps a session by this name. */
  clientId: text.nullable().default(null),
  /** How long the broker keeps what arrives while nobody is connected. */
  sessionExpiry: duration.default(7 * 86_400_000_000),
  /** Messages that the broker may hand over before the first is acknowledged, if it allows as many. */
  inFlight: wholeNumber(1, 65_535).default(10_000),
  maxWait,
});

/** A source of the kind `mqtt`, with defaults filled in. */
export type MqttSource = z.output<typeof mqttSource>;
