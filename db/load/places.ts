import pg from 'pg';

/** What PostgreSQL calls a reference to a column that is not there, among other things. */
const INVALID_COLUMN_REFERENCE = '42P10';

/** The places of rows were asked for while others made a chunk among them and compressed it: its rows have none. The same work, done again from its start, sees that chunk. */
export class PlacesLostError extends Error {
  override readonly name = 'PlacesLostError';

  constructor(cause: unknown) {
    super('a chunk was compressed among readings whose places were asked for', { cause });
  }
}

/** Runs what asks for the places of rows. Only there does the refusal of TimescaleDB say that another try helps: elsewhere its code tells of a mistake in a statement. */
export async function askingForPlaces<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof pg.DatabaseError && error.code === INVALID_COLUMN_REFERENCE ? new PlacesLostError(error) : error;
  }
}
