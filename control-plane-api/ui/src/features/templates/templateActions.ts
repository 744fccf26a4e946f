import type { Action } from '../../actions/action';
import { api } from '../../api/client';
import type { Template, TemplateBody } from './templateWords';

/** A template as it is sent, which has no fields but those that somebody may choose. */
function asBody(template: Template, enabled: boolean): TemplateBody {
  const { name, description, region, instance_type, license_type, cost_per_hour_usd, capacity, port_range, ami, startup_seconds, drain_timeout_seconds, provisioning } = template;
  return { name, description, region, instance_type, license_type, cost_per_hour_usd, capacity, port_range, ami, startup_seconds, drain_timeout_seconds, provisioning, enabled };
}

/** Whether new workers are made from it. */
export function templateActions(template: Template): Action[] {
  const { id, version, enabled, source_digest } = template;
  const put = (wanted: boolean): Action['send'] => (_, header) => api.PUT('/api/v1/worker-templates/{template_id}', { params: { path: { template_id: id }, header }, body: asBody(template, wanted) });
  const follows = source_digest ? ' It was made from the template file, and does not follow that file any more.' : '';
  return [
    {
      operation: 'PUT /api/v1/worker-templates/{template_id}',
      label: 'Retire',
      destructive: true,
      consequence: `No new worker is made from it, and no booking is promised room on one. Workers that exist stay as they are.${follows}`,
      version,
      blocked: enabled ? undefined : 'It is retired already',
      send: put(false),
      done: 'It is retired.',
    },
    {
      operation: 'PUT /api/v1/worker-templates/{template_id}',
      label: 'Take into use again',
      consequence: `From now on workers are made from it where it is the cheapest that fits.${follows}`,
      version,
      blocked: enabled ? 'It is in use' : undefined,
      send: put(true),
      done: 'It is in use again.',
    },
  ];
}
