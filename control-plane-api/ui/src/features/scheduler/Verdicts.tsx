import { Button, Chip, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Schemas } from '../../api/types';
import { text, useUrlState } from '../../app/urlState';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { type Decision, rejections } from './decisionWords';
import { ScoreParts } from './ScoreParts';
import { byHope, type Candidate, whyNot } from './whyNot';

const SHOWN_AT_FIRST = 50;
const FITS = 'fits';
const URL_STATE = { only: text(40) };
type WorkerScore = Schemas['WorkerScore'];

/** Every worker that was looked at: its score and what it is made of, or the first check that it failed. */
export function Verdicts({ decision, scores }: { decision: Decision; scores: readonly WorkerScore[] }) {
  const [{ only }, change] = useUrlState(URL_STATE);
  const [all, setAll] = useState(false);
  const candidates = decision.candidates ?? [];
  const eligible = candidates.filter((each) => each.eligible).length;
  const chosen = byHope(candidates).filter((each) => !only || (only === FITS ? each.eligible : each.reason_code === only));
  const shown = all ? chosen : chosen.slice(0, SHOWN_AT_FIRST);
  const partsOf = new Map(scores.map((each) => [each.worker_id, each]));
  return (
    <Panel title={`Workers that were looked at: ${candidates.length.toLocaleString('en')}`}>
      {candidates.length === 0 ? (
        <Text size="sm">There was no worker to look at.</Text>
      ) : (
        <>
          <Group gap="xs" role="group" aria-label="Show only">
            <Kind checked={only === FITS} count={eligible} label="fit" choose={(on) => change({ only: on ? FITS : undefined })} />
            {rejections(decision).map(({ code, count, text: label }) => (
              <Kind key={code} checked={only === code} count={count} label={label} choose={(on) => change({ only: on ? code : undefined })} />
            ))}
          </Group>
          <VerdictList shown={shown} chosenId={decision.outcome === 'assign' ? decision.worker_id : undefined} partsOf={partsOf} />
          {shown.length < chosen.length && (
            <Button variant="default" onClick={() => setAll(true)}>
              Show all {chosen.length.toLocaleString('en')}
            </Button>
          )}
        </>
      )}
    </Panel>
  );
}

function Kind({ checked, count, label, choose }: { checked: boolean; count: number; label: string; choose: (on: boolean) => void }) {
  return (
    <Chip checked={checked} onChange={choose} size="sm" className="lcm-numbers">
      {count.toLocaleString('en')} {label}
    </Chip>
  );
}

function VerdictList({ shown, chosenId, partsOf }: { shown: readonly Candidate[]; chosenId: string | null | undefined; partsOf: ReadonlyMap<string, WorkerScore> }) {
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Workers that were looked at">
      {shown.map((each) => (
        <Group component="li" key={each.worker_id} align="flex-start" gap="sm" pt="sm" style={{ borderTop: '1px solid var(--lcm-line)' }}>
          <Group justify="space-between" gap="xs" wrap="nowrap" style={{ flex: '1 1 15rem' }}>
            <PageLink to={`/workers/${each.worker_id}`} fw={each.worker_id === chosenId ? 700 : undefined} style={{ overflowWrap: 'anywhere' }}>
              {each.worker_name}
            </PageLink>
            <Text size="sm" className="lcm-numbers" style={{ whiteSpace: 'nowrap' }}>
              {each.worker_id === chosenId && 'chosen, '}
              {each.score == null ? '' : each.score.toFixed(3)}
            </Text>
          </Group>
          <div style={{ flex: '3 1 18rem' }}>
            <Verdict candidate={each} score={partsOf.get(each.worker_id)} />
          </div>
        </Group>
      ))}
    </Stack>
  );
}

function Verdict({ candidate, score }: { candidate: Candidate; score: WorkerScore | undefined }) {
  return (
    <Stack gap={4}>
      <Text size="sm">
        {whyNot(candidate)}
        {candidate.eligible && candidate.detail && `: ${candidate.detail}`}
      </Text>
      {score && <ScoreParts score={score} />}
      {!candidate.eligible && candidate.earliest_fit_at && (
        <Text size="sm" c="dimmed" component="div">
          Would fit <Moment at={candidate.earliest_fit_at} />
        </Text>
      )}
    </Stack>
  );
}
