import type { JobSource } from '../jobs/job-schema.ts';
import type { Connected, Connector, LogConnector, RunContext, StreamConnector, StreamContext } from './connector.ts';

type SourceOf<K extends JobSource['kind']> = Extract<JobSource, { readonly kind: K }>;

/** The connectors, each loaded when a job first needs it: some of them need large packages. */
export interface Connectors {
  files(): Promise<Connector<SourceOf<'files'>>>;
  http(): Promise<Connector<SourceOf<'http'>>>;
  database(): Promise<Connector<SourceOf<'database'>>>;
  mqtt(): Promise<StreamConnector<SourceOf<'mqtt'>>>;
  kafka(): Promise<LogConnector<SourceOf<'kafka'>>>;
  nats(): Promise<LogConnector<SourceOf<'nats'>>>;
}

/** Connects with the source of a job that is fetched from, or with the log of one that hands over by itself, which can only be asked for a window. */
export async function connectJob(connectors: Connectors, context: RunContext): Promise<Connected> {
  const { source } = context.job;
  switch (source.kind) {
    case 'files':
      return (await connectors.files()).connect(source, context);
    case 'http':
      return (await connectors.http()).connect(source, context);
    case 'database':
      return (await connectors.database()).connect(source, context);
    case 'kafka':
      return (await connectors.kafka()).connect(source, context);
    case 'nats':
      return (await connectors.nats()).connect(source, context);
    case 'mqtt':
      throw new Error(`a job of the kind ${source.kind} is not fetched from`);
  }
}

/** Consumes the source of a job that hands over by itself, until the signal aborts. */
export async function consumeJob(connectors: Connectors, context: StreamContext): Promise<void> {
  const { source } = context.job;
  switch (source.kind) {
    case 'mqtt':
      return (await connectors.mqtt()).consume(source, context);
    case 'kafka':
      return (await connectors.kafka()).consume(source, context);
    case 'nats':
      return (await connectors.nats()).consume(source, context);
    case 'files':
    case 'http':
    case 'database':
      throw new Error(`a job of the kind ${source.kind} does not hand over by itself`);
  }
}
