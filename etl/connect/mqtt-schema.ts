import { z } from 'zod';

/** The part of a job that says where its input is, of the kind `mqtt`. */
export const mqttSource = z.strictObject({ kind: z.literal('mqtt') });

/** A source of the kind `mqtt`, with defaults filled in. */
export type MqttSource = z.output<typeof mqttSource>;
