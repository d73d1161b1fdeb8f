import { ThermographError } from '../../db/errors.ts';

/** Why a gateway does not take what is simulated: it does not answer, it refuses, or its store does not know the sensors of the sample. */
export class GatewayError extends ThermographError {
  override readonly name = 'GatewayError';
  readonly code: 'GATEWAY_UNREACHABLE' | 'GATEWAY_REFUSED' | 'SAMPLE_MISSING' | 'SENSORS_MISSING';

  constructor(code: GatewayError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
