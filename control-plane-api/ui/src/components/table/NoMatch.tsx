import { Button } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { EmptyState } from '../states';
import { withoutFilters } from './withoutFilters';

/** An empty list of which the filters may be the reason: they are taken away with one touch. */
export function NoMatch() {
  const navigate = useNavigate();
  const clear = () => void navigate({ to: '.', search: withoutFilters as never });
  return (
    <EmptyState icon={IconFilterOff} title="Nothing matches the filters" action={<Button variant="light" onClick={clear}>Without filters</Button>}>
      Take one of them away to see more.
    </EmptyState>
  );
}
