import { Button, Code, CopyButton, Group, Modal, Stack, Text } from '@mantine/core';

/** The secret of a key: the API tells it once, so it stays until somebody says that it is kept. */
export function SecretOnce({ secret, close }: { secret: string; close: () => void }) {
  return (
    <Modal opened onClose={close} title="Secret of the key" centered closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
      <Stack>
        <Text size="sm">The receiver verifies signatures with it. It is shown this once: keep it where the receiver finds it.</Text>
        <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
          {secret}
        </Code>
        <Group justify="flex-end">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button onClick={close}>I have kept it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
