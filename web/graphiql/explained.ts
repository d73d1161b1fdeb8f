/** Whether the address of the page, as `location.search` has it, asks that answers be explained: /graphql?explain=true. */
export function isToBeExplained(search: string): boolean {
  return new URLSearchParams(search).get('explain') === 'true';
}

/** The same request, asking to be explained: docs/cost.md. */
export function explained<P extends object>(parameters: P): P & { readonly extensions: { readonly explain: true } } {
  return { ...parameters, extensions: { explain: true } };
}
