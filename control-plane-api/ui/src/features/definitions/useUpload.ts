import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { answer, api } from '../../api/client';
import { ApiError } from '../../api/problems';
import { useRequestKeys } from '../../api/requestKeys';
import type { Schemas } from '../../api/types';
import { type Finding, findingsOf } from './packageFiles';
import type { CreateRequest } from './terms';

export interface Checked {
  /** What was looked at: anything else has to be checked again. */
  request: CreateRequest;
  analysis: Schemas['AnalysedContent'] | null;
  findings: Finding[];
}

/** Has a request looked at; what is wrong with its content is an answer, anything else an error. */
export function useCheck() {
  return useMutation({
    mutationFn: async (request: CreateRequest): Promise<Checked> => {
      try {
        return { request, analysis: await answer(api.POST('/api/v1/lablet-definitions/analysis', { body: request })), findings: [] };
      } catch (error) {
        const told = error instanceof ApiError && error.status === 422 ? (error.problem.errors ?? []) : [];
        if (told.length === 0) throw error;
        return { request, analysis: null, findings: findingsOf(told) };
      }
    },
  });
}

/** Makes the version and goes to it. */
export function useCreate() {
  const keys = useRequestKeys();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (request: CreateRequest) => answer(api.POST('/api/v1/lablet-definitions', { params: { header: { 'idempotency-key': keys.of(request) } }, body: request })),
    onSuccess: (made) => {
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' });
      notifications.show({ message: made.status === 'ACTIVE' ? 'It can be booked now.' : 'Its package is being read.', color: 'teal' });
      void navigate({ to: `/definitions/${made.id}` as string });
    },
  });
}
