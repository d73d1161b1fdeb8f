import type { Connectors } from './connectors.ts';

/** The connectors of all kinds of sources. Those that need a package of their own bring it when a job first asks for them. */
export const CONNECTORS: Connectors = {
  files: async () => (await import('./files.ts')).filesConnector,
  http: async () => (await import('./http.ts')).httpConnector,
  database: async () => (await import('./database.ts')).databaseConnector,
  mqtt: async () => (await import('./mqtt.ts')).mqttConnector,
  kafka: async () => (await import('./kafka.ts')).kafkaConnector,
  nats: async () => (await import('./nats.ts')).natsConnector,
};
