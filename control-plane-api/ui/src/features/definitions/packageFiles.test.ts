import { expect, it } from 'vitest';
import { chooseFiles, findingsOf, nameOf, withoutFolder } from './packageFiles';

it('finds the texts of a package and tells what is not sent', () => {
  expect(chooseFiles(['a/cml.yaml', 'a/content.xml', 'grading.yml', 'tasks/1.html'])).toEqual({
    paths: { topology_yaml: 'a/cml.yaml', content_xml: 'a/content.xml', grading_yaml: 'grading.yml' },
    others: ['tasks/1.html'],
  });
});

it('takes the highest of several', () => {
  expect(chooseFiles(['cml.yaml', 'old/cml.yaml']).paths.topology_yaml).toBe('cml.yaml');
});

it('refuses two at one height', () => {
  expect(() => chooseFiles(['a/cml.yaml', 'b/cml.yml'])).toThrow('a/cml.yaml, b/cml.yml: only one of them can count');
});

it('takes a single YAML file for the topology, whatever its name', () => {
  expect(chooseFiles(['Vlans (solution).yaml']).paths).toEqual({ topology_yaml: 'Vlans (solution).yaml' });
  expect(chooseFiles(['lab.yml', 'grade.yaml', 'definition.yaml']).paths).toEqual({ topology_yaml: 'lab.yml', grading_yaml: 'grade.yaml' });
});

it.each([[['readme.txt']], [['one.yaml', 'two.yaml']], [['a/b/c/cml.yaml', 'a/b/c/x.yaml']]])('refuses %j: no topology', (paths) => {
  expect(() => chooseFiles(paths)).toThrow('There is no topology');
});

it('takes the name of a chosen folder from its paths', () => {
  expect(withoutFolder(['lab/cml.yaml', 'lab/tasks/1.html'])).toEqual({ folder: 'lab', paths: ['cml.yaml', 'tasks/1.html'] });
  expect(withoutFolder(['cml.yaml'])).toEqual({ folder: '', paths: ['cml.yaml'] });
});

it.each([
  ['First Hop_Redundancy.yaml', 'first-hop-redundancy'],
  ['SVN.zip', 'svn'],
  ['branch-office', 'branch-office'],
  ['cml.yaml', ''],
])('makes a name of %s', (source, name) => {
  expect(nameOf(source)).toBe(name);
});

it('tells each problem by text, path and line', () => {
  const errors = [
    { pointer: '#/topology_yaml/nodes/0/node_definition', message: 'line 3: Field required' },
    { pointer: '#/content_xml', message: 'not XML' },
    { pointer: '#/name', message: 'too long' },
  ];
  expect(findingsOf(errors)).toEqual([
    { field: 'topology_yaml', path: '/nodes/0/node_definition', line: 3, message: 'Field required' },
    { field: 'content_xml', path: '', line: null, message: 'not XML' },
    { field: null, path: '/name', line: null, message: 'too long' },
  ]);
});
