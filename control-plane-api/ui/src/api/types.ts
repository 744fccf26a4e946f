import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type SessionRow = Schemas['LabletSessionReadModel'];
export type WorkerRow = Schemas['CMLWorkerReadModel'];
export type SessionStatus = SessionRow['status'];
export type WorkerStatus = WorkerRow['status'];

/** Anything that carries its version, so that an older copy never replaces a newer one. */
export interface Versioned {
  id: string;
  version: number;
}

/** RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
}

export interface Me {
  authenticated: boolean;
  name: string;
  roles: string[];
}
