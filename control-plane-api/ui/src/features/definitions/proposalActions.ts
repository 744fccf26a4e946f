import type { Action } from '../../actions/action';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';
import type { Definition } from './definitionWords';

/** What an admin answers to content that differs; what is answered is what was looked at. */
export function proposalActions(definition: Definition, proposed: Schemas['ProposedVersion'], confirmed: (made: Definition) => void): Action[] {
  const { proposal } = proposed;
  const { content_hash } = proposal;
  const params = { path: { definition_id: definition.id } };
  return [
    {
      operation: 'POST /api/v1/lablet-definitions/{definition_id}/proposal/confirm',
      label: 'Make it a version',
      consequence: 'It can be booked at once, and LDS is told to read it. Whoever has booked keeps the version that was booked.',
      fields: [
        { kind: 'text', name: 'version', label: 'Version', initial: proposal.semantic_version, description: `Proposed: ${proposal.semantic_version}, as its greatest change is ${proposal.level}. Any later one than ${proposed.current_version} will do.` },
        { kind: 'switch', name: 'keep', label: `Go on taking bookings of ${proposed.current_version}`, description: 'Else it is deprecated in the same moment.' },
      ],
      send: async ({ texts, switches }, header) => {
        const body = { content_hash, semantic_version: texts.version?.trim() || null, deprecate_current: !switches.keep };
        const made = await api.POST('/api/v1/lablet-definitions/{definition_id}/proposal/confirm', { params: { ...params, header }, body });
        if (made.data) confirmed(made.data);
      },
      done: 'It is a version now.',
    },
    {
      operation: 'POST /api/v1/lablet-definitions/{definition_id}/proposal/reject',
      label: 'Reject',
      consequence: 'This content is not proposed again. What the bucket holds later is.',
      destructive: true,
      asksReason: true,
      send: ({ reason }, header) => api.POST('/api/v1/lablet-definitions/{definition_id}/proposal/reject', { params: { ...params, header }, body: { content_hash, reason } }),
      done: 'It is rejected.',
    },
  ];
}
