import { CONNECTORS } from '../../etl/connect/all-connectors.ts';
import type { Connected, Connector, Piece, RunContext } from '../../etl/connect/connector.ts';
import type { Connectors } from '../../etl/connect/connectors.ts';

/** Real connectors of files and addresses, whose batches fail as a test says: at the end of their transactions, which are rolled back. */
export function interruptedConnectors(fails: (batch: { readonly source: string; readonly received: number }) => boolean | Promise<boolean>): Connectors {
  const interrupted = <S>(connector: Connector<S>): Connector<S> => ({
    connect: async (source: S, context: RunContext): Promise<Connected> => {
      const connected = await connector.connect(source, context);
      return { ...connected, pieces: () => interruptedPieces(connected.pieces(), fails) };
    },
  });
  return { ...CONNECTORS, files: async () => interrupted(await CONNECTORS.files()), http: async () => interrupted(await CONNECTORS.http()) };
}

async function* interruptedPieces(pieces: AsyncIterable<Piece>, fails: Parameters<typeof interruptedConnectors>[0]): AsyncGenerator<Piece> {
  for await (const piece of pieces)
    yield {
      ...piece,
      alongside: async (client, batch) => {
        await piece.alongside?.(client, batch);
        const received = batch.written.reduce((sum, { count }) => sum + count, 0);
        if (await fails({ source: piece.source, received })) throw new Error('the test ends this attempt');
      },
    };
}
