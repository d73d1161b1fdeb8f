/**
 * What a schema knows of its fields beside their resolvers (docs/adr/0016), so that an answer can be written without calling them value by value. Resolvers stay the reference: what is written by a form has to
 * be what they would give.
 */
export interface Forms {
  /** Types whose objects are rows that never change while they are there. What is selected of their own properties is written once a row. */
  readonly lasting: ReadonlySet<string>;
  /** By `Type.field`, of fields whose value is an object of such a type: the object that never changes on which, of all that a parent has, the value depends. */
  readonly standing: ReadonlyMap<string, StandingForm>;
  /** By `Type.field`, of lists whose members are rows of columns. */
  readonly rows: ReadonlyMap<string, RowsForm>;
  /** The JSON of a list's members, with commas, where it is known that each is JSON as it stands; else null. */
  membersText(list: readonly unknown[]): string | null;
}

/** Tells on what a field stands. */
export interface StandingForm {
  keyOf(parent: unknown): object;
}

/** A list of objects as the columns that it is made of. */
export interface RowsForm {
  /** In place of the resolver: what has the columns, one such thing or a list of them, whose rows follow each other. */
  sources(parent: unknown, args: unknown, context: unknown, info: unknown): unknown;
  /** How many rows a source has. */
  countOf(source: unknown): number;
  /** The first row of a source that has any. */
  firstOf(source: unknown): unknown;
  /** The rows themselves, where they are wanted one by one. */
  rowsOf(source: unknown): readonly unknown[];
  /** The object type of which a source is a value, and whose fields are lists: the field `x` of a row is the member of its field `x` at the row's place. */
  readonly columns: string;
  /** Fields that are the same for all rows of a source, of which the first is asked. */
  readonly constants: ReadonlySet<string>;
}

/** Of a schema that tells nothing. */
export const NO_FORMS: Forms = { lasting: new Set(), standing: new Map(), rows: new Map(), membersText: () => null };
