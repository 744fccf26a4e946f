import { StatusBadge } from '../../components/StatusBadge';
import { type Definition, definitionTone } from './definitionWords';

export function DefinitionBadge({ definition }: { definition: Definition }) {
  return <StatusBadge status={definition.status.replaceAll('_', ' ')} tone={definitionTone[definition.status]} />;
}
