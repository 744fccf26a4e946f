/** So much of an id as tells two things apart, where no name is known; names that serve as ids are kept whole. */
export function shortId(id: string): string {
  return id.length > 20 ? id.slice(0, 8) : id;
}

/** "worker" of `cml_worker`, as pages call it. */
export function kindText(kind: string | null | undefined): string {
  return kind?.replace(/^(cml|lablet)_/, '').replaceAll('_', ' ') ?? '';
}
