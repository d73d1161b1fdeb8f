import { z } from 'zod';

/** The part of a job that says where its input is, of the kind `kafka`. */
export const kafkaSource = z.strictObject({ kind: z.literal('kafka') });

/** A source of the kind `kafka`, with defaults filled in. */
export type KafkaSource = z.output<typeof kafkaSource>;
