import { z } from 'zod';

/** The part of a job that says where its input is, of the kind `nats`. */
export const natsSource = z.strictObject({ kind: z.literal('nats') });

/** A source of the kind `nats`, with defaults filled in. */
export type NatsSource = z.output<typeof natsSource>;
