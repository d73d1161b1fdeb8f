import { type GraphQLError, locatedError } from 'graphql';
import { Failure } from './columns.ts';
import { MAX_ERRORS } from './json-writer.ts';
import type { FieldPlan } from './operation-plan.ts';

/** Rows that are not given because the answer has errors: their cells would look as if there were nothing. */
export class RowErrors extends Error {
  override readonly name = 'RowErrors';
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors[0]?.message ?? 'the answer has errors');
    this.errors = errors;
  }
}

/** Gathers what is wrong with the values of rows. */
export class ErrorList {
  readonly #errors: GraphQLError[] = [];

  get count(): number {
    return this.#errors.length;
  }

  /** Notes what stands in place of a value: a failure, or nothing where there must be something. */
  note(field: FieldPlan, value: unknown, isNullable: boolean): void {
    if (value instanceof Failure) this.add(field, value.error);
    else if (value instanceof Error) this.add(field, value);
    else if (!isNullable) this.add(field, new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.info.fieldName}.`));
  }

  add(field: FieldPlan, error: unknown): void {
    if (this.#errors.length < MAX_ERRORS) this.#errors.push(locatedError(error, field.nodes, [field.key]));
  }

  push(errors: readonly GraphQLError[]): void {
    this.#errors.push(...errors.slice(0, MAX_ERRORS - this.#errors.length));
  }

  /** Throws RowErrors where there are any. */
  throwIfAny(): void {
    if (this.#errors.length > 0) throw new RowErrors(this.#errors);
  }
}

/** Whether there is no value: it is null or failed, also where a resolver returned an error instead of throwing it. */
export function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || value instanceof Failure || value instanceof Error;
}
