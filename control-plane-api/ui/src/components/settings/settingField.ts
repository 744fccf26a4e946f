/** One setting of the fleet policy, as its schema tells it. */
export interface SettingField {
  /** Names from the policy down to it, with dots between. */
  path: string;
  type: 'integer' | 'number' | 'boolean' | 'string' | 'choice' | 'array' | 'object';
  help: string;
  default: unknown;
  nullable: boolean;
  least?: number;
  most?: number;
  choices?: readonly string[];
}
