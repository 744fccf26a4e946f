import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

/** Reads one search parameter of the address; what is not valid becomes *fallback*, which is left out of the address. */
export interface UrlField<T> {
  fallback: T;
  parse: (value: unknown) => T;
}

export type UrlFields = Record<string, UrlField<unknown>>;
export type UrlState<F extends UrlFields> = { [K in keyof F]: F[K]['fallback'] };

export function oneOf<const T extends string>(values: readonly T[], fallback: T): UrlField<T> {
  return { fallback, parse: (value) => values.find((each) => each === asText(value)) ?? fallback };
}

/** One of *values*, or nothing. */
export function maybeOneOf<const T extends string>(values: readonly T[]): UrlField<T | undefined> {
  return { fallback: undefined, parse: (value) => values.find((each) => each === asText(value)) };
}

/** "168" and "true" in an address are read as a number and a boolean. */
function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

export function text(maxLength = 200): UrlField<string | undefined> {
  return {
    fallback: undefined,
    parse: (value) => {
      const said = typeof value === 'string' || typeof value === 'number' ? String(value).trim().slice(0, maxLength) : '';
      return said === '' ? undefined : said;
    },
  };
}

export function flag(): UrlField<boolean> {
  return { fallback: false, parse: (value) => value === true || value === 'true' };
}

/** *search* as its *fields* say; anything else in it is ignored. */
export function parseUrl<F extends UrlFields>(fields: F, search: Record<string, unknown>): UrlState<F> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.parse(search[name])])) as UrlState<F>;
}

/**
 * The page's state in its address, so that it can be linked, reloaded and gone back to. *fields* must be a constant
 * outside of the component. Changes replace the entry in the history unless *push* says that it is a step.
 */
export function useUrlState<F extends UrlFields>(fields: F) {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const state = useMemo(() => parseUrl(fields, search), [fields, search]);
  const change = useCallback(
    (part: Partial<UrlState<F>>, { push = false } = {}) => {
      const written = (name: string, value: unknown) => (value === fields[name]?.fallback ? undefined : value);
      const changed = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, written(name, value)]));
      void navigate({
        to: '.',
        search: ((before: Record<string, unknown>) => ({ ...before, ...changed })) as never,
        replace: !push,
        resetScroll: false,
      });
    },
    [fields, navigate],
  );
  return [state, change] as const;
}
