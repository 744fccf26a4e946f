import { Alert, Button, Group, SegmentedControl, SimpleGrid, Stack, Tabs, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { later } from '../../components/later';
import { Panel } from '../../components/Panel';
import { ProblemAlert } from '../../components/ProblemAlert';
import type { Definition } from './definitionWords';
import { DropPlace } from './DropPlace';
import { type Field, FIELDS, type Finding, nameOf, UnusablePackage } from './packageFiles';
import { type ContentPackage, type Given, readPackage } from './readPackage';
import { lacking, NEW_TERMS, requestOf, type Terms, termsOf } from './terms';
import { useCheck, useCreate } from './useUpload';

const Analysis = later(async () => (await import('./Analysis')).Analysis, 240);
const Findings = later(async () => (await import('./Findings')).Findings, 120);
const MakeIt = later(async () => (await import('./MakeIt')).MakeIt, 120);
const TermsForm = later(async () => (await import('./TermsForm')).TermsForm, 560);
const TextEditor = later(async () => (await import('./TextEditor')).TextEditor, 320);

/** The form: what is said of the version, its files, what the system finds in them, and the texts to put right. */
export function Upload({ before }: { before?: Definition }) {
  const [terms, setTerms] = useState(() => (before ? termsOf(before) : NEW_TERMS));
  const [from, setFrom] = useState<'files' | 'bucket'>('files');
  const [content, setContent] = useState<ContentPackage | null>(null);
  const [looked, setLooked] = useState<{ terms: Terms; content: ContentPackage | null } | null>(null);
  const check = useCheck();
  const create = useCreate();
  const look = (said: Terms, read: ContentPackage | null) => {
    setLooked({ terms: said, content: read });
    check.mutate(requestOf(said, read?.texts ?? null, before));
  };
  const reading = useMutation({
    mutationFn: async (given: Promise<Given[]>) => readPackage(await given),
    onSuccess: (read) => {
      const named = terms.name ? terms : { ...terms, name: nameOf(read.source) };
      setContent(read);
      setTerms(named);
      check.reset();
      if (!lacking(named)) look(named, read);
    },
  });
  const missing = lacking(terms);
  const checked = check.data && looked?.terms === terms && looked.content === content ? check.data : null;
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="What it is called and what was agreed">
          <TermsForm terms={terms} change={(part) => setTerms({ ...terms, ...part })} named={before !== undefined} />
        </Panel>
        <Panel title="Content" aside={!before && <SegmentedControl size="xs" aria-label="Where its content comes from" value={from} onChange={(value) => setFrom(value as typeof from)} data={[{ value: 'files', label: 'Files' }, { value: 'bucket', label: 'Bucket' }]} />}>
          {from === 'bucket' ? (
            <FromBucket missing={missing} making={create.isPending} make={() => create.mutate(requestOf(terms, null, before))} />
          ) : (
            <Stack gap="sm">
              <DropPlace busy={reading.isPending} take={(given) => reading.mutate(given)} />
              {reading.error && <Unreadable error={reading.error} />}
              {content && <Chosen content={content} />}
              {content && (
                <Group justify="space-between">
                  <Text size="sm" c="dimmed">
                    {missing ?? (checked ? '' : 'It has to be checked as it is now.')}
                  </Text>
                  <Button onClick={() => look(terms, content)} loading={check.isPending} disabled={missing !== null} variant={checked?.analysis ? 'default' : 'filled'}>
                    {check.data ? 'Check again' : 'Check'}
                  </Button>
                </Group>
              )}
            </Stack>
          )}
          {check.error && <ProblemAlert error={check.error} />}
          {from === 'bucket' && create.error && <ProblemAlert error={create.error} />}
        </Panel>
      </SimpleGrid>
      {from === 'files' && content && <Checking content={content} setContent={setContent} findings={check.data?.findings ?? []} />}
      {from === 'files' && checked?.analysis && (
        <Panel title="What it would be">
          <MakeIt key={checked.analysis.content_hash} checked={checked} create={create} />
          <Analysis analysis={checked.analysis} />
        </Panel>
      )}
    </Stack>
  );
}

function FromBucket({ missing, making, make }: { missing: string | null; making: boolean; make: () => void }) {
  return (
    <Stack gap="sm">
      <Text size="sm">The package is read from the bucket and checked. It can be booked when that has gone well; until then it is PENDING SYNC, and what is wrong stands on its page.</Text>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {missing}
        </Text>
        <Button onClick={make} loading={making} disabled={missing !== null}>
          Make it
        </Button>
      </Group>
    </Stack>
  );
}

function Unreadable({ error }: { error: Error }) {
  if (!(error instanceof UnusablePackage)) return <ProblemAlert error={error} title="The files could not be read" />;
  return (
    <Alert color="red" variant="light" role="alert" title="These files are no package">
      {error.message}
    </Alert>
  );
}

function Chosen({ content }: { content: ContentPackage }) {
  const { paths, others } = content;
  return (
    <Stack gap={2}>
      {FIELDS.map(({ field, title }) => (
        <Text size="sm" key={field} c={paths[field] ? undefined : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>
          {paths[field] ?? `no ${title}`}
        </Text>
      ))}
      {others.length > 0 && (
        <Text size="sm" c="dimmed">
          {others.length === 1 ? `${others[0]} is` : `${others.length} further files are`} not sent: put the whole package into the bucket for that.
        </Text>
      )}
    </Stack>
  );
}

function Checking({ content, setContent, findings }: { content: ContentPackage; setContent: (content: ContentPackage) => void; findings: readonly Finding[] }) {
  const [open, setOpen] = useState<Field>('topology_yaml');
  const [at, setAt] = useState<{ line: number } | null>(null);
  const shown = FIELDS.filter(({ field }) => field === 'topology_yaml' || content.paths[field]);
  const current = shown.find(({ field }) => field === open) ?? shown[0];
  return (
    <>
      {findings.length > 0 && (
        <Findings
          findings={findings}
          texts={content.texts}
          names={content.paths}
          edit={(field, line) => {
            setOpen(field);
            setAt({ line });
          }}
        />
      )}
      <Panel title="Files">
        <Tabs value={current?.field} onChange={(field) => setOpen(field as Field)} keepMounted={false}>
          <Tabs.List mb="sm">
            {shown.map(({ field, title }) => (
              <Tabs.Tab key={field} value={field}>
                {content.paths[field] ?? title}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {shown.map(({ field, title, language }) => (
            <Tabs.Panel key={field} value={field}>
              <TextEditor
                label={content.paths[field] ?? title}
                language={language}
                value={content.texts[field]}
                onChange={(text) => setContent({ ...content, texts: { ...content.texts, [field]: text } })}
                findings={findings.filter((each) => each.field === field)}
                at={field === open ? at : null}
              />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Panel>
    </>
  );
}
