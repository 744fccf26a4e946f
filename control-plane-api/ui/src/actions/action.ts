import type { ReactNode } from 'react';
import type { Operation } from '../api/access';

/** Headers that make a change safe to repeat, and refuse it when the thing was changed meanwhile. */
export interface ChangeHeaders {
  'idempotency-key': string;
  'if-match'?: string;
}

/** One more thing that an action asks for, beside the reason. */
export type ActionField =
  | { kind: 'switch'; name: string; label: string; description?: string; initial?: boolean }
  | { kind: 'choice'; name: string; label: string; description?: string; choices: { value: string; label: string }[]; optional?: boolean }
  | { kind: 'text'; name: string; label: string; description?: string; optional?: boolean; initial?: string; input?: 'text' | 'number' | 'datetime-local' };

export interface ActionAnswers {
  reason: string;
  switches: Record<string, boolean>;
  texts: Record<string, string>;
}

/** Something that a person can do to a thing: who may, what it is called, what follows from it, and how it is sent. */
export interface Action {
  /** Offered only to roles that the API lets do it. */
  operation: Operation;
  label: string;
  /** What will happen, in full sentences, before it does: the dialog shows it. */
  consequence: ReactNode;
  /** Red, and the dialog's first focus is on Cancel. */
  destructive?: boolean;
  /** Asks for a reason, which is kept with the event. */
  asksReason?: boolean;
  fields?: readonly ActionField[];
  /** Version that the person saw; the change is refused (412) when it is no longer the present one. */
  version?: number;
  /** Why it cannot be done now; then it is shown, but not offered. */
  blocked?: string;
  send: (answers: ActionAnswers, headers: ChangeHeaders) => Promise<unknown>;
  /** What is said when it is done. */
  done: string;
}
