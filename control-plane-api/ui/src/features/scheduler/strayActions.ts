import type { Action } from '../../actions/action';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';

export type Stray = Schemas['StrayInstance'];
type Template = Pick<Schemas['WorkerTemplateReadModel'], 'name' | 'region' | 'enabled'>;

const SETTLED = ['running', 'stopped'];

/** What an operator can do about an instance that no worker stands for; *templates* are all that there are. */
export function strayActions(stray: Stray, templates: readonly Template[]): Action[] {
  const decisions = [takeIn(stray, templates), terminate(stray), leave(stray)];
  return stray.decision ? [...decisions, reconsider(stray)] : decisions;
}

function path({ ec2_instance_id }: Stray) {
  return { ec2_instance_id };
}

/** Templates that it may be taken in with; the one that its tag names comes first. */
export function templateChoices({ region, template_name }: Stray, templates: readonly Template[]) {
  return templates
    .filter((each) => each.region === region && each.enabled)
    .sort((one, other) => Number(other.name === template_name) - Number(one.name === template_name) || one.name.localeCompare(other.name))
    .map(({ name }) => ({ value: name, label: name === template_name ? `${name} (as its tag says)` : name }));
}

function whyNotTakenIn(stray: Stray, choices: readonly unknown[]): string | undefined {
  if (stray.decision?.verdict === 'terminate') return 'It is to be terminated; take that back first';
  if (stray.kind !== 'unknown') return 'It carries the tag of another worker';
  if (!SETTLED.includes(stray.state)) return `It is ${stray.state}; it can be taken in when it runs or is stopped`;
  return choices.length === 0 ? `No template that may be used is for ${stray.region}` : undefined;
}

function takeIn(stray: Stray, templates: readonly Template[]): Action {
  const choices = templateChoices(stray, templates);
  return {
    operation: 'POST /api/v1/workers/import',
    label: 'Take it in',
    asksReason: true,
    consequence: `${stray.ec2_instance_id} becomes a worker and takes sessions once it is ready. It is looked at first: of a type or an image that the template does not take, it is left alone, and the worker fails and says why.`,
    fields: [{ kind: 'choice', name: 'template_name', label: 'Template', description: 'What it serves as.', choices }],
    blocked: whyNotTakenIn(stray, choices),
    send: ({ reason, texts }, header) =>
      api.POST('/api/v1/workers/import', { params: { header }, body: { region: stray.region, ec2_instance_id: stray.ec2_instance_id, template_name: texts.template_name ?? '', reason } }),
    done: 'It is being taken in; it is among the workers now.',
  };
}

function terminate(stray: Stray): Action {
  return {
    operation: 'POST /api/v1/stray-instances/{ec2_instance_id}/terminate',
    label: 'Terminate',
    destructive: true,
    asksReason: true,
    consequence: `${stray.ec2_instance_id} and its disk are gone for good. Before that it is looked at once more: if a worker stands for it by then, or CML on it tells of labs or does not answer, it stays, and the list says why.`,
    fields: [{ kind: 'switch', name: 'with_labs', label: 'Also with labs on it', description: 'Even if there are labs, or nobody can say whether there are. What is in them is lost.' }],
    blocked: stray.decision?.verdict === 'terminate' && stray.decision.with_labs ? 'It is being terminated' : undefined,
    send: ({ reason, switches }, header) =>
      api.POST('/api/v1/stray-instances/{ec2_instance_id}/terminate', { params: { path: path(stray), header }, body: { reason, with_labs: switches.with_labs ?? false } }),
    done: 'It is terminated as soon as that is safe.',
  };
}

function leave(stray: Stray): Action {
  return {
    operation: 'POST /api/v1/stray-instances/{ec2_instance_id}/leave',
    label: 'Leave it as it is',
    asksReason: true,
    consequence: 'Nothing is done to it, whatever the policy of the fleet says, and no alert counts it any more. It goes on to cost what it costs. It stays in the list of those that are left.',
    blocked: stray.decision?.verdict === 'leave' ? 'It is left already' : undefined,
    send: ({ reason }, header) => api.POST('/api/v1/stray-instances/{ec2_instance_id}/leave', { params: { path: path(stray), header }, body: { reason } }),
    done: 'It is left as it is.',
  };
}

function reconsider(stray: Stray): Action {
  return {
    operation: 'POST /api/v1/stray-instances/{ec2_instance_id}/reconsider',
    label: 'Take the decision back',
    asksReason: true,
    consequence: 'The policy of the fleet counts for it again: it is told of, taken in or terminated as the policy says. What was terminated by then does not come back.',
    send: ({ reason }, header) => api.POST('/api/v1/stray-instances/{ec2_instance_id}/reconsider', { params: { path: path(stray), header }, body: { reason } }),
    done: 'The policy of the fleet counts for it again.',
  };
}
