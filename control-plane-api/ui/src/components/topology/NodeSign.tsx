import { IconBox, IconCloud, IconDeviceDesktop, IconRouter, IconServer, IconShieldLock, IconSwitch3, type Icon } from '@tabler/icons-react';
import { kindOf, type NodeKind } from './topologyWords';

const SIGNS: Record<NodeKind, Icon> = {
  router: IconRouter,
  switch: IconSwitch3,
  firewall: IconShieldLock,
  host: IconDeviceDesktop,
  server: IconServer,
  outside: IconCloud,
  other: IconBox,
};

const SIGN_PX = 34;

/** What kind of device a node is, around the origin. */
export function NodeSign({ definition }: { definition: string }) {
  const Sign = SIGNS[kindOf(definition)];
  return <Sign x={-SIGN_PX / 2} y={-SIGN_PX / 2} width={SIGN_PX} height={SIGN_PX} stroke={1.5} aria-hidden />;
}
