import { ThermographError } from '../../db/errors.ts';

/** Why a broker does not take what is simulated: it is away for longer than patience lasts, it refuses, or what speaks to it is not installed. */
export class SinkError extends ThermographError {
  override readonly name = 'SinkError';
  readonly code: 'SINK_UNREACHABLE' | 'SINK_REFUSED' | 'SINK_NOT_INSTALLED';

  constructor(code: SinkError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Nobody is there, or nobody has answered for as long as patience lasts. */
export function sinkAway(name: string, reason: string): SinkError {
  return new SinkError(
    'SINK_UNREACHABLE',
    `${name} does not take the readings (${reason}): is it running, and is --sink its address? --patience is how long it is waited for`,
  );
}
