/** An ISO time with its zone, in milliseconds since 1970. @throws RangeError for anything else: without a zone it would depend on the machine */
export function instant(iso: string): number {
  const at = /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(at)) throw new RangeError(`not a time with a zone: ${JSON.stringify(iso)}`);
  return at;
}
