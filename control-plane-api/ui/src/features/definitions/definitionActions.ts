import type { Action } from '../../actions/action';
import { api } from '../../api/client';
import type { Definition } from './definitionWords';

/** All that an admin can do to a version, with what follows from it. */
export function definitionActions(definition: Definition): Action[] {
  const { id, status, version } = definition;
  const path = { definition_id: id };
  return [
    {
      operation: 'POST /api/v1/lablet-definitions/{definition_id}/sync',
      label: 'Synchronise',
      consequence: `The bucket ${definition.content_bucket} is read now and compared with this version. What differs is proposed as a version, or becomes one where its policy says so. Consumers that could not be told are told again.`,
      version,
      blocked: syncBlocked(definition),
      send: (_, header) => api.POST('/api/v1/lablet-definitions/{definition_id}/sync', { params: { path, header } }),
      done: 'Its package is being read.',
    },
    {
      operation: 'POST /api/v1/lablet-definitions/{definition_id}/deprecate',
      label: 'Deprecate',
      consequence: 'It takes no new bookings, and its bucket is no longer followed. What is booked keeps this version. It cannot be made active again.',
      destructive: true,
      asksReason: true,
      version,
      blocked: status === 'ACTIVE' ? undefined : 'Only an active version can be deprecated',
      send: ({ reason }, header) => api.POST('/api/v1/lablet-definitions/{definition_id}/deprecate', { params: { path, header }, body: { reason } }),
      done: 'It takes no new bookings.',
    },
    {
      operation: 'POST /api/v1/lablet-definitions/{definition_id}/archive',
      label: 'Archive',
      consequence: 'It is withdrawn for good. Sessions that are booked on it go on with it.',
      destructive: true,
      asksReason: true,
      version,
      blocked: status === 'ARCHIVED' ? 'It is archived' : undefined,
      send: ({ reason }, header) => api.POST('/api/v1/lablet-definitions/{definition_id}/archive', { params: { path, header }, body: { reason } }),
      done: 'It is archived.',
    },
  ];
}

function syncBlocked({ status, content_bucket, replaced_by, outside_work = [] }: Definition): string | undefined {
  if (status === 'DEPRECATED' || status === 'ARCHIVED') return 'Its bucket is no longer followed';
  if (replaced_by) return 'What its bucket holds belongs to a later version';
  if (!content_bucket) return 'It has no bucket';
  return outside_work.includes('sync') ? 'Its package is being read' : undefined;
}
