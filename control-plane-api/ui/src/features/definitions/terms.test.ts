import { expect, it } from 'vitest';
import type { Definition } from './definitionWords';
import { lacking, NEW_TERMS, offeredVersion, requestOf, termsOf } from './terms';

const TERMS = { ...NEW_TERMS, name: ' office ', form_qualified_name: 'Exam CCNP v1 LAB 1.1' };
const TEXTS = { topology_yaml: 'lab: {}', content_xml: '<lab/>', grading_yaml: '' };

it.each([
  [{}, null],
  [{ name: '  ' }, 'Say its name.'],
  [{ form_qualified_name: '' }, 'Say its form-qualified name, such as Exam CCNP v1 LAB 1.1.'],
  [{ form_qualified_name: 'Exam/CCNP' }, 'A form-qualified name has letters, digits, dots, dashes and spaces.'],
  [{ lead_seconds: '' }, 'Say all of its times.'],
])('of %j says: %s', (part, said) => {
  expect(lacking({ ...TERMS, ...part })).toBe(said);
});

it('asks for a version of its texts', () => {
  expect(requestOf(TERMS, TEXTS, undefined, '1.2.0')).toMatchObject({ name: 'office', semantic_version: '1.2.0', topology_yaml: 'lab: {}', content_xml: '<lab/>', content_bucket: null });
});

it('without texts asks for one whose content comes from its bucket', () => {
  expect(requestOf({ ...TERMS, content_bucket: 'office-labs' }, null, undefined)).toMatchObject({ topology_yaml: null, content_xml: '', content_bucket: 'office-labs' });
});

it('takes over from the version before what no form asks for', () => {
  const before = { ...TERMS, extra_steps: [{ kind: 'wait_for_prompt' }], host_loss: { action: 'end' }, ami_requirement: { name_pattern: 'CML-2.9*' }, content_bucket: '' } as unknown as Definition;
  const request = requestOf(termsOf(before), TEXTS, before);
  expect([request.extra_steps, request.host_loss, request.ami_requirement]).toEqual([before.extra_steps, before.host_loss, before.ami_requirement]);
});

it('offers the version that follows from what changed', () => {
  const compared = { definition_id: 'd', current_version: '1.0.9', level: 'major', semantic_version: '2.0.0', changes: [], more_changes: 0, files: [] } as const;
  expect([offeredVersion(null), offeredVersion(compared as never), offeredVersion({ ...compared, level: null, semantic_version: '1.0.9' } as never)]).toEqual(['1.0.0', '2.0.0', '1.0.10']);
});
