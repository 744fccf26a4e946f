import { strToU8, zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { readPackage } from './readPackage';

const file = (path: string, text: string | Uint8Array) => ({ path, file: new Blob([text as BlobPart]) });
const archive = (files: Record<string, string>) => file('lab.zip', zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))));

it('reads the texts of a folder', async () => {
  const read = await readPackage([file('office/cml.yaml', 'lab: {}'), file('office/grade.yaml', 'items: []'), file('office/a.png', 'x')]);
  expect(read).toEqual({
    source: 'office',
    texts: { topology_yaml: 'lab: {}', content_xml: '', grading_yaml: 'items: []' },
    paths: { topology_yaml: 'cml.yaml', grading_yaml: 'grade.yaml' },
    others: ['a.png'],
  });
});

it('reads the texts of an archive', async () => {
  const read = await readPackage([archive({ 'x/cml.yaml': 'lab: {}', 'x/tasks/1.html': '<p>' })]);
  expect([read.source, read.texts.topology_yaml, read.others]).toEqual(['lab.zip', 'lab: {}', ['x/tasks/1.html']]);
});

it('takes the mark of byte order away', async () => {
  expect((await readPackage([file('cml.yaml', '\uFEFFlab: {}')])).texts.topology_yaml).toBe('lab: {}');
});

it.each([
  ['what is no archive', [file('lab.zip', 'no archive')], 'The archive cannot be read'],
  ['text that is not UTF-8', [file('cml.yaml', new Uint8Array([0xff, 0xfe, 0x00]))], 'cml.yaml is not UTF-8.'],
  ['a text that is too long', [file('cml.yaml', 'x'.repeat(2_000_001))], '2,000,000 are accepted'],
  ['a long text in a small archive', [archive({ 'cml.yaml': 'x'.repeat(2_000_001) })], '2,000,000 are accepted'],
])('refuses %s', async (_, given, why) => {
  await expect(readPackage(given)).rejects.toThrow(why);
});
