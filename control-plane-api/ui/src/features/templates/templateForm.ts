import type { Template, TemplateBody } from './templateWords';

type Provisioning = NonNullable<TemplateBody['provisioning']>;
type Networks = NonNullable<Provisioning['networks']>;

/** The form: numbers may be empty while somebody types, maps are lines of text. */
export interface TemplateValues {
  name: string;
  description: string;
  region: string;
  instance_type: string;
  license_type: TemplateBody['license_type'];
  cost_per_hour_usd: number | string;
  capacity: { cpu_cores: number | string; memory_gb: number | string; storage_gb: number | string; nodes: number | string; ports: number | string };
  first_port: number | string;
  last_port: number | string;
  image: string;
  image_version: string;
  startup_minutes: number | string;
  drain_minutes: number | string;
  instance_types: string[];
  fallback_templates: string[];
  purchase: 'ON_DEMAND' | 'SPOT';
  max_price: number | string;
  on_demand_fallback: boolean;
  volume_type: 'gp3' | 'gp2' | 'io1' | 'io2';
  volume_gb: number | string;
  volume_iops: number | string;
  volume_throughput: number | string;
  encrypted: boolean;
  tags: string;
  networks: string;
  user_data: string;
}

const EMPTY: Partial<Template> = {
  capacity: { cpu_cores: 0, memory_gb: 0, storage_gb: 0, nodes: 0, ports: 8000 },
  port_range: { first: 2000, last: 9999 },
  license_type: 'ENTERPRISE',
  startup_seconds: 900,
  drain_timeout_seconds: 14_400,
  ami: { name_pattern: 'CML-*' },
};

/** What the form begins with: a template, or nothing but the usual values. */
export function valuesOf(template?: Template): TemplateValues {
  const from = template ?? EMPTY;
  const { volume, purchase, ...how } = from.provisioning ?? ({} as Partial<Provisioning>);
  const capacity: Partial<Template['capacity']> = from.capacity ?? {};
  return {
    name: from.name ?? '',
    description: from.description ?? '',
    region: from.region ?? '',
    instance_type: from.instance_type ?? '',
    license_type: from.license_type ?? 'ENTERPRISE',
    cost_per_hour_usd: from.cost_per_hour_usd ?? '',
    capacity: { cpu_cores: capacity.cpu_cores ?? 0, memory_gb: capacity.memory_gb ?? 0, storage_gb: capacity.storage_gb ?? 0, nodes: capacity.nodes ?? 0, ports: capacity.ports ?? 0 },
    first_port: from.port_range?.first ?? 2000,
    last_port: from.port_range?.last ?? 9999,
    image: from.ami?.name_pattern ?? 'CML-*',
    image_version: from.ami?.min_version ?? '',
    startup_minutes: (from.startup_seconds ?? 900) / 60,
    drain_minutes: (from.drain_timeout_seconds ?? 14_400) / 60,
    instance_types: how.instance_types ?? [],
    fallback_templates: how.fallback_templates ?? [],
    purchase: purchase?.option ?? 'ON_DEMAND',
    max_price: purchase?.max_price_usd_per_hour ?? '',
    on_demand_fallback: purchase?.on_demand_fallback ?? true,
    volume_type: volume?.type ?? 'gp3',
    volume_gb: volume?.size_gb ?? '',
    volume_iops: volume?.iops ?? '',
    volume_throughput: volume?.throughput_mbps ?? '',
    encrypted: volume?.encrypted ?? true,
    tags: Object.entries(how.tags ?? {}).map(([key, value]) => `${key}=${value}`).join('\n'),
    networks: Object.entries(how.networks ?? {}).map(([region, network]) => [region, ...(network.subnet_ids ?? []), ...(network.security_group_ids ?? [])].join(' ')).join('\n'),
    user_data: how.user_data ?? '',
  };
}

/** What is sent; *enabled* is no matter of the form. Throws nothing: what is wrong is told by {@link problemsOf}. */
export function bodyOf(values: TemplateValues, enabled: boolean): TemplateBody {
  return {
    name: values.name.trim(),
    description: values.description.trim(),
    region: values.region.trim(),
    instance_type: values.instance_type.trim(),
    license_type: values.license_type,
    cost_per_hour_usd: Number(values.cost_per_hour_usd),
    capacity: { cpu_cores: Number(values.capacity.cpu_cores), memory_gb: Number(values.capacity.memory_gb), storage_gb: Number(values.capacity.storage_gb), nodes: Number(values.capacity.nodes), ports: Number(values.capacity.ports) },
    port_range: { first: Number(values.first_port), last: Number(values.last_port) },
    ami: { name_pattern: values.image.trim() || 'CML-*', min_version: values.image_version.trim() || null },
    startup_seconds: Math.round(60 * Number(values.startup_minutes)),
    drain_timeout_seconds: Math.round(60 * Number(values.drain_minutes)),
    enabled,
    provisioning: provisioningOf(values),
  };
}

const maybe = (said: number | string): number | null => (said === '' ? null : Number(said));

function provisioningOf(values: TemplateValues): Provisioning {
  return {
    instance_types: values.instance_types,
    fallback_templates: values.fallback_templates,
    purchase: { option: values.purchase, on_demand_fallback: values.on_demand_fallback, max_price_usd_per_hour: values.purchase === 'SPOT' ? maybe(values.max_price) : null },
    volume: { type: values.volume_type, encrypted: values.encrypted, size_gb: maybe(values.volume_gb), iops: maybe(values.volume_iops), throughput_mbps: values.volume_type === 'gp3' ? maybe(values.volume_throughput) : null },
    tags: tagsOf(values.tags),
    networks: networksOf(values.networks),
    user_data: values.user_data,
  };
}

const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** "key=value" line by line; a value may hold an equals sign. */
export function tagsOf(text: string): Record<string, string> {
  return Object.fromEntries(lines(text).map((line) => {
    const [key = '', ...rest] = line.split('=');
    return [key.trim(), rest.join('=').trim()];
  }));
}

/** A region and its subnets and security groups line by line: "eu-west-1 subnet-1 sg-2". */
export function networksOf(text: string): Networks {
  return Object.fromEntries(lines(text).map((line) => {
    const [region = '', ...ids] = line.split(/\s+/);
    return [region, { subnet_ids: ids.filter((id) => !id.startsWith('sg-')), security_group_ids: ids.filter((id) => id.startsWith('sg-')) }];
  }));
}

/** What cannot be right, by field; what the API alone can know it tells when it is sent. */
export function problemsOf(values: TemplateValues): Partial<Record<keyof TemplateValues, string>> {
  const problems: Partial<Record<keyof TemplateValues, string>> = {};
  if (!/^[a-z0-9][a-z0-9-]*$/.test(values.name.trim())) problems.name = 'Small letters, digits and hyphens';
  if (values.region.trim() === '') problems.region = 'Where its workers are';
  if (values.instance_type.trim() === '') problems.instance_type = 'What EC2 calls it';
  if (values.cost_per_hour_usd === '') problems.cost_per_hour_usd = 'The cheapest is chosen by it';
  if (Number(values.first_port) > Number(values.last_port)) problems.last_port = 'Not before the first';
  if (lines(values.tags).some((line) => !line.includes('='))) problems.tags = 'key=value in each line';
  if (lines(values.networks).some((line) => line.split(/\s+/).slice(1).some((id) => !/^(subnet|sg)-/.test(id)))) problems.networks = 'A region, then ids that begin with subnet- or sg-';
  return problems;
}
