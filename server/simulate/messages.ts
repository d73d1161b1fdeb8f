import { formatInstant } from '../../db/time/instant.ts';
import type { ReadingBatch, SeriesTable } from './reading-batch.ts';
import { jsonRecord, sensorRecords } from './record-text.ts';

/** What a broker is given. */
export interface Message {
  readonly topic: string;
  /** The sensor: messages of one key keep their order. */
  readonly key: string;
  readonly value: string;
}

/**
 * A batch as messages, in order: `{"time":…,"sensor":…,"temperature":…}`, all metrics of a sensor at an instant in one; or, where the topic says the metric,
 * `{"time":…,"sensor":…,"metric":…,"value":…}` for each reading.
 */
export function messagesOf(batch: ReadingBatch, table: SeriesTable, topic: string): readonly Message[] {
  const messages: Message[] = [];
  if (topic.includes('{metric}')) {
    for (let at = 0; at < batch.length; at++) {
      const { sensor, metric } = table.at(batch.series[at] ?? 0);
      const value = `{"time":"${formatInstant(batch.time[at] ?? 0)}","sensor":${JSON.stringify(sensor)},"metric":${JSON.stringify(metric)},"value":${batch.value[at]}}`;
      messages.push({ topic: filled(topic, sensor, metric), key: sensor, value });
    }
    return messages;
  }
  for (const record of sensorRecords(batch, table)) {
    messages.push({ topic: filled(topic, record.sensor, ''), key: record.sensor, value: jsonRecord(record, batch, table) });
  }
  return messages;
}

function filled(topic: string, sensor: string, metric: string): string {
  return topic.includes('{') ? topic.replaceAll('{sensor}', levelOf(sensor)).replaceAll('{metric}', levelOf(metric)) : topic;
}

/** What divides levels, or stands for several, is no part of one. */
function levelOf(name: string): string {
  return name.replaceAll(/[\s./+#*>]/g, '_');
}
