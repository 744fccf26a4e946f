/** Where traces of one service are found; `{service}` in the address stands for its name, else it is asked for as Jaeger is. */
export function tracesOf(address: string, service: string): string {
  const name = encodeURIComponent(service);
  if (address.includes('{service}')) return address.replaceAll('{service}', name);
  const url = new URL(address);
  url.searchParams.set('service', service);
  return url.toString();
}
