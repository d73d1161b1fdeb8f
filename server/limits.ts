import { type DocumentNode, type FragmentDefinitionNode, Lexer, parse, type SelectionNode, type SelectionSetNode, Source, TokenKind } from 'graphql';
import type { ServingSettings } from './settings.ts';

/** How large and how deep a GraphQL document may be. */
export interface DocumentLimits {
  readonly maxBytes: number;
  readonly maxTokens: number;
  /** Levels of fields; introspection has a limit of its own. */
  readonly maxDepth: number;
  readonly maxRootFields: number;
  readonly maxAliases: number;
  /** Fields after fragments are put in. */
  readonly maxFields: number;
}

/** The limits that settings give. */
export function documentLimitsOf(settings: ServingSettings): DocumentLimits {
  return {
    maxBytes: settings.MAX_DOCUMENT_BYTES,
    maxTokens: settings.MAX_DOCUMENT_TOKENS,
    maxDepth: settings.MAX_QUERY_DEPTH,
    maxRootFields: settings.MAX_ROOT_FIELDS,
    maxAliases: settings.MAX_ALIASES,
    maxFields: settings.MAX_FIELDS,
  };
}

/** Why a document is refused before it is validated. */
export interface Refusal {
  readonly code: 'DOCUMENT_TOO_LARGE' | 'QUERY_TOO_DEEP' | 'TOO_MANY_ROOT_FIELDS' | 'TOO_MANY_ALIASES' | 'TOO_MANY_FIELDS';
  readonly message: string;
  readonly limit: number;
}

/** What GraphiQL and code generators ask to learn the schema is 14 deep: the types of arguments may be wrapped nine times. */
const INTROSPECTION_DEPTH = 20;

/** Brackets in brackets, such as lists in lists: keeps the recursion of the parser and of the rules far from the end of the stack. */
const MAX_NESTING = 100;

/** Fragments in fragments are followed by recursion, here and in the rules of validation. */
const MAX_FRAGMENTS = 500;

/** Documents that were found good are remembered, so that one that comes again is not looked at twice: at most 500 of 20,000 characters. */
const REMEMBERED = 500;
const REMEMBERED_LENGTH = 20_000;

/** Answers why a document is refused, or null. A document that cannot be parsed passes: the parser will say what is wrong with it. */
export function createDocumentGuard(limits: DocumentLimits): (document: string) => Refusal | null {
  const good = new Set<string>();
  return (document) => {
    if (good.has(document)) return null;
    const refusal = refuseText(document, limits) ?? refuseShape(document, limits);
    if (refusal === null && document.length <= REMEMBERED_LENGTH) {
      if (good.size >= REMEMBERED) good.clear();
      good.add(document);
    }
    return refusal;
  };
}

/** Reads the document token by token, which needs no stack and stops at the limit. */
function refuseText(document: string, { maxBytes, maxTokens }: DocumentLimits): Refusal | null {
  const bytes = Buffer.byteLength(document);
  if (bytes > maxBytes) return tooMany('DOCUMENT_TOO_LARGE', `is ${figure(bytes)} bytes long`, maxBytes);
  const lexer = new Lexer(new Source(document));
  let nesting = 0;
  try {
    for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens += 1) {
      if (tokens >= maxTokens) return tooMany('DOCUMENT_TOO_LARGE', `has more than ${figure(maxTokens)} tokens`, maxTokens);
      nesting += NESTING[lexer.token.kind] ?? 0;
      if (nesting > MAX_NESTING) return tooMany('QUERY_TOO_DEEP', `has brackets nested more than ${MAX_NESTING} deep`, MAX_NESTING);
    }
  } catch {
    return null;
  }
  return null;
}

const NESTING: Readonly<Partial<Record<TokenKind, number>>> = {
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.PAREN_R]: -1,
};

function refuseShape(document: string, limits: DocumentLimits): Refusal | null {
  const parsed = parseOrNull(document);
  if (parsed === null) return null;
  const fragments = parsed.definitions.filter((definition) => definition.kind === 'FragmentDefinition');
  if (fragments.length > MAX_FRAGMENTS) return tooMany('DOCUMENT_TOO_LARGE', `has ${figure(fragments.length)} fragments`, MAX_FRAGMENTS);
  const measure = createMeasure(fragments);
  for (const definition of parsed.definitions) {
    const refusal = definition.kind === 'OperationDefinition' ? refuseOperation(measure(definition.selectionSet), limits) : null;
    if (refusal !== null) return refusal;
  }
  // Fragments by themselves too: validation compares the fields of those that no operation uses.
  for (const fragment of fragments) {
    const refusal = refuseFields(measure(fragment.selectionSet), limits);
    if (refusal !== null) return refusal;
  }
  return null;
}

function refuseOperation(size: Size, limits: DocumentLimits): Refusal | null {
  const { depth, introspectionDepth, rootFields, aliases } = size;
  if (depth > limits.maxDepth) return tooMany('QUERY_TOO_DEEP', `is ${depth} levels deep`, limits.maxDepth);
  if (introspectionDepth > INTROSPECTION_DEPTH) return tooMany('QUERY_TOO_DEEP', `is ${introspectionDepth} levels of introspection deep`, INTROSPECTION_DEPTH);
  if (rootFields > limits.maxRootFields) return tooMany('TOO_MANY_ROOT_FIELDS', `asks for ${figure(rootFields)} fields at its root`, limits.maxRootFields);
  if (aliases > limits.maxAliases) return tooMany('TOO_MANY_ALIASES', `has ${figure(aliases)} aliases`, limits.maxAliases);
  return refuseFields(size, limits);
}

function refuseFields({ fields }: Size, { maxFields }: DocumentLimits): Refusal | null {
  return fields > maxFields ? tooMany('TOO_MANY_FIELDS', `asks for ${figure(fields)} fields`, maxFields) : null;
}

function parseOrNull(document: string): DocumentNode | null {
  try {
    return parse(document, { noLocation: true });
  } catch {
    return null;
  }
}

function tooMany(code: Refusal['code'], is: string, limit: number): Refusal {
  return { code, message: `the document ${is}, but the limit is ${figure(limit)}`, limit };
}

function figure(count: number): string {
  return count.toLocaleString('en');
}

/** What a selection holds with its fragments put in. */
interface Size {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly rootFields: number;
  readonly aliases: number;
  readonly fields: number;
}

const NOTHING: Size = { depth: 0, introspectionDepth: 0, rootFields: 0, aliases: 0, fields: 0 };

/** Measures selections; each fragment once, so that fragments in fragments cost no more than their text. A fragment that holds itself counts as nothing inside itself: validation refuses it. */
function createMeasure(definitions: readonly FragmentDefinitionNode[]): (selections: SelectionSetNode) => Size {
  const fragments = new Map(definitions.map((fragment) => [fragment.name.value, fragment]));
  const measured = new Map<FragmentDefinitionNode, Size>();

  const measureSelections = (set: SelectionSetNode): Size => set.selections.map(measureSelection).reduce(add, NOTHING);

  const measureSelection = (node: SelectionNode): Size => {
    if (node.kind === 'InlineFragment') return measureSelections(node.selectionSet);
    if (node.kind === 'FragmentSpread') return measureFragment(fragments.get(node.name.value));
    const below = node.selectionSet === undefined ? NOTHING : measureSelections(node.selectionSet);
    const isIntrospection = node.name.value === '__schema' || node.name.value === '__type';
    return {
      depth: isIntrospection ? 1 : below.depth + 1,
      introspectionDepth: isIntrospection ? below.depth + 1 : below.introspectionDepth,
      rootFields: 1,
      aliases: below.aliases + (node.alias === undefined ? 0 : 1),
      fields: below.fields + 1,
    };
  };

  const measureFragment = (fragment: FragmentDefinitionNode | undefined): Size => {
    if (fragment === undefined) return NOTHING;
    const known = measured.get(fragment);
    if (known !== undefined) return known;
    measured.set(fragment, NOTHING);
    const size = measureSelections(fragment.selectionSet);
    measured.set(fragment, size);
    return size;
  };

  return measureSelections;
}

function add(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    rootFields: a.rootFields + b.rootFields,
    aliases: a.aliases + b.aliases,
    fields: a.fields + b.fields,
  };
}
