import { describe, expect, it } from 'vitest';
import { addressProblem, stateText, typesOf, typesProblem } from './webhookWords';

describe('a subscription that is being written', () => {
  const catalogue = ['lablet_session.ready.v1', 'cml_worker.failed.v1'];

  it('takes types with commas, blanks and repetitions', () => {
    expect(typesOf(' a, b\nb  c,')).toEqual(['a', 'b', 'c']);
  });

  it('knows names and beginnings of names', () => {
    expect(typesProblem('lablet_session.*, cml_worker.failed.v1', catalogue)).toBe('');
    expect(typesProblem('lablet.*, cml_worker.failed', catalogue)).toBe('No event is called lablet.*, cml_worker.failed');
    expect(typesProblem('', catalogue)).toBe('');
  });

  it('tells what is no address that events are sent to', () => {
    expect(addressProblem('https://grades.example/events')).toBe('');
    expect(addressProblem('grades')).toMatch(/Not an address/);
    expect(addressProblem('ftp://grades.example')).toMatch(/Only https/);
    expect(addressProblem('https://me:secret@grades.example')).toMatch(/not taken/);
  });
});

it('says who is waited for, and why', () => {
  expect(stateText({ status: 'PAUSED', status_reason: 'took nothing for 6 hours', replays: [] })).toBe('Paused: took nothing for 6 hours. Events are kept meanwhile.');
  expect(stateText({ status: 'ACTIVE', status_reason: '', replays: [] })).toBe('Events are sent as they happen');
});
