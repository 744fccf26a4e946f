import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { PageLink } from './PageLink';

interface Props {
  title: string;
  /** How many there are, beside the title. */
  count?: string;
  /** A line of explanation below. */
  hint?: ReactNode;
  /** Where one came from: "Sessions". */
  back?: { to: string; label: string; search?: Record<string, unknown> };
  badge?: ReactNode;
  /** Actions, at the right. */
  children?: ReactNode;
}

export function PageTitle({ title, count, hint, back, badge, children }: Props) {
  useDocumentTitle(`${title} · Lablet Cloud Manager`);
  return (
    <Stack gap={4}>
      {back && (
        <PageLink to={back.to} search={back.search}>
          ‹ {back.label}
        </PageLink>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        {/* A long line of explanation breaks: it does not push the actions below itself. */}
        <Stack gap={2} miw={0} maw={children ? { base: '100%', md: 'calc(100% - 27rem)' } : '100%'}>
          <Group gap="sm">
            <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Title>
            {badge}
            {count && (
              <Badge variant="light" color="gray" size="lg" className="lcm-numbers">
                {count}
              </Badge>
            )}
          </Group>
          {hint && (
            <Text c="dimmed" size="sm" component="div">
              {hint}
            </Text>
          )}
        </Stack>
        {children && <Group gap="sm">{children}</Group>}
      </Group>
    </Stack>
  );
}
