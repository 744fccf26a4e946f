import { Group, List, Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import type { Decision } from './decisionWords';
import { whyNot } from './whyNot';

type Told = Schemas['DecidedAgain'];
type Verdict = Schemas['CandidateVerdict'];

/** "Fits, score 1.25" or the first check that it fails. */
function verdictText(verdict: Verdict): string {
  return verdict.score == null ? whyNot(verdict) : `${whyNot(verdict)}, score ${verdict.score.toFixed(2)}`;
}

/** The decision made once more from its record by the engine of today. */
export function Again({ again, decision }: { again: Told | null; decision: Decision }) {
  return (
    <Panel title="Asked again, by the rules of today" aside={again && <StatusBadge status={again.same ? 'The same' : 'Other'} tone={again.same ? 'good' : 'moving'} />}>
      {again ? <Comparison again={again} decision={decision} /> : <Text size="sm">It cannot be made again: engine version {decision.engine_version} kept nothing of what it was made from.</Text>}
    </Panel>
  );
}

function Comparison({ again, decision }: { again: Told; decision: Decision }) {
  const engine = again.engine_version === decision.engine_version ? `engine version ${again.engine_version}` : `engine version ${again.engine_version}, then ${decision.engine_version}`;
  if (again.same) return <Text size="sm">Made from the same record it comes out the same, worker by worker ({engine}).</Text>;
  return (
    <>
      <Text size="sm">
        Today: {again.summary} ({engine}).
      </Text>
      <List size="sm" aria-label="Workers that are judged otherwise">
        {again.otherwise.map((each) => (
          <List.Item key={each.worker_id}>
            <Group gap={4}>
              <b>{each.worker_name}</b> {verdictText(each.before)} → {verdictText(each.after)}
            </Group>
          </List.Item>
        ))}
      </List>
    </>
  );
}
