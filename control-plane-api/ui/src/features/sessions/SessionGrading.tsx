import { Alert, Badge, Group, Progress, Stack, Text } from '@mantine/core';
import { IconCheck, IconClipboardCheck, IconX } from '@tabler/icons-react';
import { useApi } from '../../api/useApi';
import type { Schemas, SessionRow } from '../../api/types';
import { Answered } from '../../components/Answered';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { EmptyState } from '../../components/states';
import { type ScoreItem, scoreItem } from './scoreItem';

/** The result by section, and how it came about; scores of earlier attempts below. */
export function SessionGrading({ session }: { session: SessionRow }) {
  if (!session.grading_enabled) return <None>Its definition asks for no grading.</None>;
  if (!session.grading_session_id && !session.score_report_id) return <None>Grading begins when the evidence is collected, at the end of the slot.</None>;
  return (
    <Stack gap="md" className="lcm-in-turn">
      {session.grading_session_id && <Progressing session={session} />}
      {session.score_report_id && <Reports session={session} />}
    </Stack>
  );
}

function None({ children }: { children: string }) {
  return (
    <EmptyState icon={IconClipboardCheck} title="No result">
      {children}
    </EmptyState>
  );
}

function Progressing({ session }: { session: SessionRow }) {
  const grading = useApi('/api/v1/lablet-sessions/{session_id}/grading-session', { params: { path: { session_id: session.id } } }, { kinds: ['grading_session'] });
  return (
    <Panel title="Grading">
      <Answered query={grading}>
        {(each) => (
          <>
            {each.error && (
              <Alert color="red" title="Grading failed">
                {each.error}
              </Alert>
            )}
            <DefinitionList
              facts={[
                ['State', each.status],
                ['Attempt', String(each.attempt ?? 1)],
                ['Devices read', String(each.device_count ?? 0)],
                ['Devices missing', each.devices_missing?.join(', ')],
                ['Began', each.started_at && <Moment key="began" at={each.started_at} />],
                ['Ended', each.completed_at && <Moment key="ended" at={each.completed_at} />],
                ['Reason', each.reason],
              ]}
            />
          </>
        )}
      </Answered>
    </Panel>
  );
}

function Reports({ session }: { session: SessionRow }) {
  const reports = useApi('/api/v1/lablet-sessions/{session_id}/score-reports', { params: { path: { session_id: session.id } } }, { kinds: ['score_report'] });
  return (
    <Answered query={reports}>
      {(entries) => (
        <>
          {entries
            .toSorted((one, other) => Number(other.present) - Number(one.present) || (other.report.attempt ?? 1) - (one.report.attempt ?? 1))
            .map(({ report, present }) => (
              <Report key={report.id} report={report} present={present} />
            ))}
        </>
      )}
    </Answered>
  );
}

function Report({ report, present }: { report: Schemas['ScoreReportReadModel']; present: boolean }) {
  return (
    <Panel title={present ? 'Score' : `Score of attempt ${report.attempt ?? 1}, replaced since`}>
      <Group gap="md">
        <Text fz={28} fw={650} className="lcm-numbers">
          {report.score} of {report.max_score}
        </Text>
        <Badge color={report.passed ? 'teal' : 'red'} variant="light" size="lg">
          {report.passed ? 'passed' : 'not passed'}
        </Badge>
        <Text size="sm" c="dimmed">
          {report.cut_score} are needed · <Moment at={report.submitted_at} />
        </Text>
      </Group>
      <Stack gap="sm">
        {report.sections.map((section) => (
          <Section key={section.name} section={section} />
        ))}
      </Stack>
    </Panel>
  );
}

function Section({ section }: { section: Schemas['ScoreSection'] }) {
  const share = section.max_score ? (100 * section.score) / section.max_score : 0;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={500}>
          {section.name}
        </Text>
        <Text size="sm" className="lcm-numbers">
          {section.score} of {section.max_score}
        </Text>
      </Group>
      <Progress value={share} color={share === 100 ? 'teal' : share === 0 ? 'red' : 'yellow'} aria-label={`${section.name}: ${section.score} of ${section.max_score}`} />
      {section.items?.map((item, index) => (
        <Item key={index} item={scoreItem(item)} />
      ))}
    </div>
  );
}

function Item({ item: { title, detail, points, passed } }: { item: ScoreItem }) {
  return (
    <Group gap="xs" mt={6} wrap="nowrap" align="flex-start">
      {passed !== null &&
        (passed ? (
          <IconCheck size={16} aria-label="Passed" color="var(--mantine-color-teal-filled)" style={{ flexShrink: 0, marginTop: 2 }} />
        ) : (
          <IconX size={16} aria-label="Not passed" color="var(--mantine-color-red-filled)" style={{ flexShrink: 0, marginTop: 2 }} />
        ))}
      <div style={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }}>
        <Text size="sm">{title}</Text>
        {detail && (
          <Text size="xs" c="dimmed">
            {detail}
          </Text>
        )}
      </div>
      <Text size="sm" className="lcm-numbers" style={{ whiteSpace: 'nowrap' }}>
        {points}
      </Text>
    </Group>
  );
}
