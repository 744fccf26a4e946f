import { ActionIcon, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';

/** The row of filters above a list. */
export function Filters({ children }: { children: ReactNode }) {
  return (
    <Group gap="xs" align="flex-end" role="search">
      {children}
    </Group>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T | undefined;
  choices: readonly (T | { value: T; label: string })[];
  onChange: (value: T | undefined) => void;
  /** One of them is always chosen. */
  always?: boolean;
}

/** One of the values that the API lets a list be filtered by, or all. */
export function FilterChoice<T extends string>({ label, value, choices, onChange, always = false }: ChoiceProps<T>) {
  return (
    <Select
      aria-label={label}
      placeholder={label}
      data={[...choices]}
      value={value ?? null}
      onChange={(chosen) => onChange((chosen as T | null) ?? undefined)}
      clearable={!always}
      allowDeselect={!always}
      searchable
      clearButtonProps={{ 'aria-label': `Any ${label.toLowerCase()}` }}
      w={{ base: 'calc(50% - 6px)', sm: 190 }}
    />
  );
}

interface TextProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** Text that the API lets a list be filtered by; it is asked for when one stops typing. */
export function FilterText({ label, value, onChange }: TextProps) {
  const [typed, setTyped] = useState(value ?? '');
  const tell = useDebouncedCallback((said: string) => onChange(said.trim() || undefined), 350);
  useEffect(() => setTyped(value ?? ''), [value]);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      rightSection={
        typed && (
          <ActionIcon variant="transparent" color="gray" aria-label={`Clear ${label.toLowerCase()}`} onClick={() => onChange(undefined)}>
            <IconX size={16} />
          </ActionIcon>
        )
      }
      w={{ base: 'calc(50% - 6px)', sm: 190 }}
    />
  );
}
