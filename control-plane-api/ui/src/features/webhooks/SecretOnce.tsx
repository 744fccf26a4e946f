import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { Dialog } from '../../components/Dialog';

/**
 * The secret of a key: the API tells it once, so it stays until somebody says that it is kept. A change that is
 * sent again after a time-out is answered without it.
 */
export function SecretOnce({ secret, close }: { secret: string | null; close: () => void }) {
  if (secret === null) return <SecretLost close={close} />;
  return (
    <Dialog onClose={close} title="Secret of the key" centered closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
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
    </Dialog>
  );
}

function SecretLost({ close }: { close: () => void }) {
  return (
    <Dialog onClose={close} title="Secret of the key" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <Text size="sm">It was done by an earlier attempt; its secret can no longer be shown. Rotate the key.</Text>
    </Dialog>
  );
}
