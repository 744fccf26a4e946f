import type { Tone } from '../../app/theme';

/** What is known of a node beside its place: its state in a lab that runs, how it is reached. */
export interface NodeMark {
  tone: Tone;
  /** Its state, in a word or two. */
  state: string;
  /** Since when it is so, where that is known. */
  since?: string;
  /** How it is reached and whatever else belongs to it, one thing each. */
  facts: readonly (readonly [string, string])[];
}

export type Marks = ReadonlyMap<string, NodeMark>;

/** Nothing is known but the topology itself. */
export const NO_MARKS: Marks = new Map();
