import { Code } from '@mantine/core';
import { DefinitionList } from '../../components/DefinitionList';
import { PageLink } from '../../components/PageLink';
import { kindText } from '../../components/thingWords';
import { type Entry, placeOfResource, thingText } from './auditWords';
import { instantText } from '../../components/instantText';

/** Who, when, from where and why; each leads to all else that it is part of. */
export function EntryFacts({ entry }: { entry: Entry }) {
  const place = placeOfResource(entry);
  const { resource_type, resource_id } = entry;
  return (
    <DefinitionList
      facts={{
        When: instantText(entry.at),
        Who: entry.actor ? (
          <PageLink to="/audit" search={{ actor: entry.actor }}>
            {entry.actor}
          </PageLink>
        ) : (
          'unknown'
        ),
        Program: entry.client,
        Address: entry.remote,
        'As leader of': entry.leader_service && `${entry.leader_service}, epoch ${entry.leader_epoch}`,
        Reason: entry.reason,
        Request: entry.route && <Code>{entry.route}</Code>,
        Answer: entry.status && `${entry.status} ${entry.code ?? ''}`,
        Thing:
          resource_type && (
            <PageLink to="/audit" search={{ resource_type, resource_id: resource_id ?? undefined }}>
              {kindText(resource_type)} {thingText(entry)}
            </PageLink>
          ),
        'Id of the thing': resource_id && <Code>{resource_id}</Code>,
        Page: place && <PageLink to={place}>Show it as it is now</PageLink>,
        Version: entry.version,
        'Same request': (
          <PageLink to="/audit" search={{ correlation_id: entry.correlation_id }}>
            {entry.correlation_id}
          </PageLink>
        ),
        'Caused by': entry.causation_id && <Code>{entry.causation_id}</Code>,
      }}
    />
  );
}
