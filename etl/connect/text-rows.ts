/** What a column holds, as far as it decides how its values are compared and asked for. `local`: a time without a zone; `inexact`: floating point. */
export type ColumnKind = 'instant' | 'local' | 'whole' | 'exact' | 'inexact' | 'text';

/** A result with every value as the text that the database writes, so that no digit is lost; null for NULL. */
export interface TextRows {
  readonly columns: readonly TextColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A column of a result. */
export interface TextColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}
