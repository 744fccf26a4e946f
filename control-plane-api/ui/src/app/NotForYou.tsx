import { IconLock } from '@tabler/icons-react';
import { type Operation, useMe } from '../api/access';
import { ACCESS } from '../api/access.gen';
import { NextStep } from '../components/NextStep';
import { PageTitle } from '../components/PageTitle';
import { EmptyState } from '../components/states';

/** Instead of a page that the person's roles do not allow: which role it takes, and which they have. */
export default function NotForYou({ label, needs }: { label: string; needs: Operation }) {
  const { roles = [] } = useMe();
  return (
    <>
      <PageTitle title={label} />
      <EmptyState icon={IconLock} title="Your role does not allow this" action={<NextStep needs="GET /api/v1/system" to="/">To the overview</NextStep>}>
        It takes {ACCESS[needs].join(' or ')}; you have {roles.length > 0 ? roles.join(', ') : 'no role'}. Ask somebody whose role allows it, or whoever gives out roles.
      </EmptyState>
    </>
  );
}
