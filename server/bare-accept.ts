/** Parameters of media types, but for their weight. */
const PARAMETERS = /;\s*(?!q\s*=)[\w!#$%&'*+.^`|~-]+\s*=\s*(?:"[^"]*"|[^,;]*)/gi;

/**
 * An Accept header of bare types with their weights. By the letter a parameter that a client names must be there in the answer's type, in so many words; what clients
 * mean, such as Grafana's Infinity with `text/csv; charset=utf-8`, or Power Query's OData with `application/json;odata.metadata=minimal`, is a type that they can read.
 */
export function bareAccept(accept: string): string {
  return accept.replaceAll(PARAMETERS, '');
}
