import { List, Text } from '@mantine/core';
import { Answered } from '../../components/Answered';
import { ScrollPart } from '../../components/ScrollPart';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { type Changed, changedVerdicts, type Decision } from './decisionWords';
import { type JudgedDecision, useNewestDecision } from './useNewestDecision';

const MOST_LINES = 20;

/** What was different when the same session was last decided about. */
export function Before({ decision }: { decision: Decision }) {
  const { session_id, at } = decision;
  const before = useNewestDecision({ session_id, to: at });
  return (
    <Panel
      title="Since the decision before"
      aside={
        <PageLink to="/scheduler" search={{ tab: 'decisions', session_id }}>
          All of this session
        </PageLink>
      }
    >
      <Answered query={before} height={60}>
        {({ items: [earlier] }) => (earlier ? <Difference earlier={earlier} decision={decision} /> : <Text size="sm">It was the first about this session.</Text>)}
      </Answered>
    </Panel>
  );
}

function Difference({ earlier, decision }: { earlier: JudgedDecision; decision: Decision }) {
  const changed = changedVerdicts(earlier.candidates ?? [], decision.candidates ?? []);
  return (
    <>
      <Text size="sm" component="div">
        <PageLink to={`/scheduler/decisions/${earlier.id}`}>The one before</PageLink>, <Moment at={earlier.at} />: {earlier.summary}
      </Text>
      {changed.length === 0 ? (
        <Text size="sm">Of every worker the same was said.</Text>
      ) : (
        <ScrollPart label="What changed for each worker" height="24rem">
          <List size="sm" aria-label="Workers of which something else was said">
            {changed.slice(0, MOST_LINES).map((each) => (
              <ChangedLine key={each.worker_id} changed={each} />
            ))}
          </List>
        </ScrollPart>
      )}
      {changed.length > MOST_LINES && <Text size="sm">And of {(changed.length - MOST_LINES).toLocaleString('en')} more.</Text>}
    </>
  );
}

function ChangedLine({ changed }: { changed: Changed }) {
  return (
    <List.Item>
      <b>{changed.worker_name}</b>: {changed.before} → {changed.now}
    </List.Item>
  );
}
