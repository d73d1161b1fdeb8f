import type { FieldNode, GraphQLFieldResolver, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';

/** What a resolver is told of its field, but for the variables of the request. */
export type FieldInfo = Omit<GraphQLResolveInfo, 'variableValues'>;

/** How a value of one type becomes JSON. */
export type Shape = LeafShape | ListShape | ObjectShape | StretchShape;

/** The JSON of a value that is not null; throws where the type does not hold it. */
export type LeafWriter = (value: unknown) => string;

/** A scalar or an enum. */
export interface LeafShape {
  readonly kind: 'leaf';
  readonly isNullable: boolean;
  readonly write: LeafWriter;
}

export interface ListShape {
  readonly kind: 'list';
  readonly isNullable: boolean;
  readonly item: Shape;
  /** How such a list is written as a whole, where it can be: then nobody asks for its members one by one. */
  readonly form?: ListForm;
}

/** Writes a whole list. */
export interface ListForm {
  /** The JSON of a list; null where it cannot be written as a whole. May throw instead. */
  readonly write: (list: unknown, run: Run) => string | null;
  /** The list itself, of what stands for it; null where it is given the list. */
  readonly membersOf: ((given: unknown) => unknown) | null;
}

/**
 * Neighbouring fields of a selection that stand on nothing but one object which never changes: written once for each, and remembered. A plan has them only where forms
 * were applied to it.
 */
export interface StretchShape {
  readonly kind: 'stretch';
  readonly isNullable: false;
  /** The fields, for where they have to be asked one by one. */
  readonly selection: SelectionPlan;
  /** The object on which they stand. */
  readonly key: (parent: unknown) => unknown;
  /** The JSON of the fields without the brackets around them; null where they have to be asked one by one. */
  readonly textOf: (parent: unknown, run: Run) => string | null;
}

/** What one request executes with. */
export interface Run {
  readonly context: unknown;
  readonly variables: Record<string, unknown>;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly isNullable: boolean;
  readonly selection: SelectionPlan;
}

/** The fields asked of an object type, fragments put in, fields of one response name merged. */
export interface SelectionPlan {
  readonly fields: readonly FieldPlan[];
}

/** One field of a selection, ready to be resolved for any number of parents. */
export interface FieldPlan {
  /** The name in the response. */
  readonly key: string;
  /** What JSON has before the value of the first field of an object, and of every other: `{"key":` and `,"key":`. */
  readonly firstText: string;
  readonly nextText: string;
  readonly parentType: GraphQLObjectType;
  readonly nodes: readonly FieldNode[];
  /** Called once a parent; the field's own resolver, or the reading of a property. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown>;
  /** The arguments, the same for all parents of a request. Throws GraphQLError where a variable gives what an argument refuses. */
  readonly argumentsFor: (variables: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  readonly info: FieldInfo;
  readonly shape: Shape;
}
