import { expect, it } from 'vitest';
import { bodyOf, networksOf, problemsOf, tagsOf, valuesOf } from './templateForm';
import type { Template } from './templateWords';

const BODY = {
  name: 'metal',
  description: 'Large',
  region: 'eu-west-1',
  instance_type: 'm5zn.metal',
  license_type: 'ENTERPRISE' as const,
  cost_per_hour_usd: 5.1,
  capacity: { cpu_cores: 48, memory_gb: 192, storage_gb: 1000, nodes: 320, ports: 8000 },
  port_range: { first: 2000, last: 9999 },
  ami: { name_pattern: 'CML-*', min_version: '2.9.0' },
  startup_seconds: 900,
  drain_timeout_seconds: 14_400,
  enabled: true,
  provisioning: {
    instance_types: ['m5zn.12xlarge'],
    fallback_templates: ['small'],
    purchase: { option: 'SPOT' as const, on_demand_fallback: true, max_price_usd_per_hour: 2.5 },
    volume: { type: 'gp3' as const, encrypted: true, size_gb: 500, iops: null, throughput_mbps: 250 },
    tags: { team: 'labs' },
    networks: { 'eu-west-1': { subnet_ids: ['subnet-1', 'subnet-2'], security_group_ids: ['sg-9'] } },
    user_data: '#!/bin/sh\n',
  },
};

it('sends a template that nobody touched as it was', () => {
  expect(bodyOf(valuesOf(BODY as unknown as Template), true)).toEqual(BODY);
});

it('takes tags and networks from lines', () => {
  expect(tagsOf(' team = labs \n\nquery=a=b')).toEqual({ team: 'labs', query: 'a=b' });
  expect(networksOf('eu-west-1 subnet-1 sg-2 subnet-3\nus-east-1')).toEqual({
    'eu-west-1': { subnet_ids: ['subnet-1', 'subnet-3'], security_group_ids: ['sg-2'] },
    'us-east-1': { subnet_ids: [], security_group_ids: [] },
  });
});

it('tells what cannot be right before it is sent', () => {
  expect(Object.keys(problemsOf({ ...valuesOf(), name: 'My Template', tags: 'team', networks: 'eu-west-1 vpc-1', first_port: 9000, last_port: 100 })).sort()).toEqual(['cost_per_hour_usd', 'instance_type', 'last_port', 'name', 'networks', 'region', 'tags']);
  expect(problemsOf(valuesOf(BODY as unknown as Template))).toEqual({});
});
