import { expect, it } from 'vitest';
import { byVersion, comparedWith, type Definition, differingFacts, isFoundBy, needsSomebody, portText, standingText } from './definitionWords';

const definition = (part: Partial<Definition>) =>
  ({
    id: 'd',
    semantic_version: '1.0.0',
    status: 'ACTIVE',
    title: 'Two routers',
    node_count: 2,
    link_count: 1,
    form_qualified_name: 'Exam CCNP v1 LAB 1.1',
    requirements: { cpu_cores: 2, memory_gb: 4, storage_gb: 8, nodes: 1, ports: 2 },
    license_affinity: ['PERSONAL'],
    ami_requirement: { name_pattern: 'CML-*' },
    max_duration_minutes: 60,
    lead_seconds: 900,
    teardown_seconds: 600,
    version_policy: 'ask',
    sync: { status: 'none', error: '' },
    ...part,
  }) as Definition;

it('says first what waits for somebody', () => {
  const proposed = definition({ proposal: { semantic_version: '2.0.0', level: 'major' } as Definition['proposal'], sync: { status: 'version_proposed' } as Definition['sync'] });
  expect([standingText(proposed), needsSomebody(proposed)]).toEqual(['Version 2.0.0 is proposed (major); an admin decides', true]);
});

it('says why its package could not be used, and nothing of it once it is withdrawn', () => {
  const failed = { sync: { status: 'failed', error: 'no topology' } as Definition['sync'] };
  expect(standingText(definition(failed))).toBe('Its package could not be used: no topology');
  const gone = definition({ ...failed, status: 'ARCHIVED', deprecated_reason: '' });
  expect([standingText(gone), needsSomebody(gone)]).toEqual(['Withdrawn', false]);
});

it('tells only the facts that differ', () => {
  const after = definition({ max_duration_minutes: 90, requirements: { cpu_cores: 1, memory_gb: 4, storage_gb: 8, nodes: 1, ports: 2 } });
  expect(differingFacts(definition({}), after)).toEqual([
    { name: 'Needs', before: '2 cores, 4 GB memory, 8 GB disk, 1 licensed node, 2 ports', after: '1 core, 4 GB memory, 8 GB disk, 1 licensed node, 2 ports' },
    { name: 'Longest slot', before: '1 h', after: '1 h 30 min' },
  ]);
});

const versions = ['1.9.0', '1.10.0', '2.0.0'].map((semantic_version) => definition({ id: semantic_version, semantic_version }));

it('sorts versions by number', () => {
  expect([...versions].sort(byVersion).map(({ id }) => id)).toEqual(['2.0.0', '1.10.0', '1.9.0']);
});

it('compares a version with the one before it, and the first one with the newest', () => {
  const [oldest, middle] = versions as [Definition, Definition];
  expect([comparedWith(middle, versions), comparedWith(oldest, versions), comparedWith(oldest, [oldest])]).toEqual(['1.9.0', '2.0.0', undefined]);
});

it('names ports as people do', () => {
  const ports = [{ protocol: 'serial', inner: 0 }, { protocol: 'vnc', inner: 0 }, { protocol: 'tcp', inner: 22 }].map((port) => portText({ node_label: 'r1', ...port } as never));
  expect(ports).toEqual(['serial line 0', 'display', 'tcp port 22']);
});

it('does not tell a title that is the name', () => {
  expect(standingText(definition({ name: 'Two routers' }))).toBe('');
  expect(standingText(definition({ name: 'R2' }))).toBe('Two routers');
});

it('is found by words of its name and its version, in either case', () => {
  const lab = definition({ name: 'OSPF for enterprise networks', semantic_version: '2.1.0' });
  expect([undefined, ' ', 'ospf 2.1', 'Networks OSPF', 'ospf 3'].map((search) => isFoundBy(search, lab))).toEqual([true, true, true, true, false]);
});
