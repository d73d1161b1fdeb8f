import type { Connectors } from './connectors.ts';
import { createFilesConnector } from './files.ts';
import { createHttpConnector } from './http.ts';

const files = createFilesConnector();
const http = createHttpConnector();

/** The connectors of all kinds of sources. Those that need a package of their own bring it when a job first asks for them. */
export const CONNECTORS: Connectors = {
  files: () => Promise.resolve(files),
  http: () => Promise.resolve(http),
  database: async () => (await import('./database.ts')).databaseConnector,
  mqtt: async () => (await import('./mqtt.ts')).mqttConnector,
  kafka: async () => (await import('./kafka.ts')).kafkaConnector,
  nats: async () => (await import('./nats.ts')).natsConnector,
};
