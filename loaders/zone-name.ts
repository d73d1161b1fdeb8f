/** The names that the engine lists, by their lower-case form. */
const listed = new Map([...Intl.supportedValuesOf('timeZone'), 'UTC'].map((name) => [name.toLowerCase(), name]));

/** A zone's name in the letters of the IANA database, `Asia/Seoul` for `asia/SEOUL`; as it was given where it is an alias that is not listed. Never another name. */
export function zoneName(zone: string): string {
  return listed.get(zone.toLowerCase()) ?? zone;
}
