import type { components } from './schema.gen';

export type Schemas = components['schemas'];
export type { Problem } from './problems';

export type SessionRow = Schemas['LabletSessionReadModel'];
export type WorkerRow = Schemas['CMLWorkerReadModel'];
export type SessionStatus = SessionRow['status'];
export type WorkerStatus = WorkerRow['status'];
export type Me = Schemas['Me'];

/** Anything that a list can show. */
export interface Identified {
  id: string;
}

/** Anything that carries its version, so that an older copy never replaces a newer one. */
export interface Versioned {
  id: string;
  version: number;
}
