import type { Schemas } from '../../api/types';
import type { Definition } from './definitionWords';
import type { Texts } from './packageFiles';

export type CreateRequest = Schemas['CreateLabletDefinition'];

/** What is said beside the files. */
export interface Terms {
  name: string;
  form_qualified_name: string;
  max_duration_minutes: number | string;
  lead_seconds: number | string;
  teardown_seconds: number | string;
  grading_enabled: boolean;
  license_affinity: Schemas['LicenseType'][];
  version_policy: Schemas['VersionPolicy'];
  content_bucket: string;
}

export const LICENCES: readonly Schemas['LicenseType'][] = ['PERSONAL', 'ENTERPRISE', 'EVALUATION'];

export const NEW_TERMS: Terms = {
  name: '',
  form_qualified_name: '',
  max_duration_minutes: 60,
  lead_seconds: 900,
  teardown_seconds: 600,
  grading_enabled: true,
  license_affinity: [...LICENCES],
  version_policy: 'ask',
  content_bucket: '',
};

/** Those of a version, for its next one. */
export function termsOf(definition: Definition): Terms {
  const { name, form_qualified_name, max_duration_minutes, lead_seconds, teardown_seconds, grading_enabled, license_affinity, version_policy, content_bucket } = definition;
  return { name, form_qualified_name, max_duration_minutes, lead_seconds, teardown_seconds, grading_enabled, license_affinity, version_policy, content_bucket: content_bucket ?? '' };
}

/** What is missing before anything can be sent; null when nothing is. */
export function lacking(terms: Terms): string | null {
  if (!terms.name.trim()) return 'Say its name.';
  if (terms.form_qualified_name.trim().length < 3) return 'Say its form-qualified name, such as Exam CCNP v1 LAB 1.1.';
  if (!/^[A-Za-z0-9. -]+$/.test(terms.form_qualified_name.trim())) return 'A form-qualified name has letters, digits, dots, dashes and spaces.';
  const numbers = [terms.max_duration_minutes, terms.lead_seconds, terms.teardown_seconds];
  return numbers.every((each) => typeof each === 'number') ? null : 'Say all of its times.';
}

/** The request for a version with *terms*; what no form asks for it takes over from *before*. Without texts its content comes from its bucket. */
export function requestOf(terms: Terms, texts: Texts | null, before: Definition | undefined, version = '1.0.0'): CreateRequest {
  return {
    ...terms,
    name: terms.name.trim(),
    form_qualified_name: terms.form_qualified_name.trim(),
    max_duration_minutes: Number(terms.max_duration_minutes),
    lead_seconds: Number(terms.lead_seconds),
    teardown_seconds: Number(terms.teardown_seconds),
    content_bucket: terms.content_bucket.trim() || null,
    semantic_version: version,
    ami_requirement: before?.ami_requirement ?? { name_pattern: 'CML-*' },
    host_loss: before?.host_loss ?? null,
    limits: before?.limits ?? null,
    extra_steps: before?.extra_steps ?? [],
    topology_yaml: texts?.topology_yaml ?? null,
    content_xml: texts?.content_xml ?? '',
    grading_yaml: texts?.grading_yaml ?? '',
  };
}

/** The version that is offered: the one that follows from what changed; the next patch when only terms did. */
export function offeredVersion(compared: Schemas['ComparedContent'] | null | undefined): string {
  if (!compared) return '1.0.0';
  return compared.level ? compared.semantic_version : nextPatch(compared.current_version);
}

export function nextPatch(version: string): string {
  const [major = '0', minor = '0', patch = '0'] = version.split('.');
  return `${major}.${minor}.${Number(patch) + 1}`;
}

export function isVersion(said: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(said);
}
