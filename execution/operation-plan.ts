import type { FieldNode, GraphQLFieldResolver, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';

/** What a resolver is told of its field, but for the variables of the request. */
export type FieldInfo = Omit<GraphQLResolveInfo, 'variableValues'>;

/** How a value of one type becomes JSON. */
export type Shape = LeafShape | ListShape | ObjectShape;

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
