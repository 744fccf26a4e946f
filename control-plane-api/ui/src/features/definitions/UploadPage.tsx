import { Stack } from '@mantine/core';
import { useApi } from '../../api/useApi';
import { text, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { PageTitle } from '../../components/PageTitle';
import { Upload } from './Upload';

const URL_STATE = { after: text() };

/** From files, or the bucket that holds them, to a definition, with every problem and every change shown first. */
export default function UploadPage() {
  const [{ after }] = useUrlState(URL_STATE);
  const before = useApi('/api/v1/lablet-definitions/{definition_id}', { params: { path: { definition_id: after ?? '' } } }, { enabled: after !== undefined });
  const back = after ? { to: `/definitions/${after}`, label: 'Definition' } : { to: '/definitions', label: 'Definitions' };
  return (
    <Stack gap="md">
      <PageTitle title={before.data ? `Next version of ${before.data.name}` : 'New definition'} back={back} hint="It is checked first; nothing is kept before you make it." />
      {after ? <Answered query={before}>{(found) => <Upload key={found.id} before={found} />}</Answered> : <Upload />}
    </Stack>
  );
}
