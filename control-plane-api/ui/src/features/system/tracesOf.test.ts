import { expect, it } from 'vitest';
import { tracesOf } from './tracesOf';

it('asks for the traces of one service', () => {
  expect(tracesOf('https://traces.example/search', 'lablet-controller')).toBe('https://traces.example/search?service=lablet-controller');
  expect(tracesOf('https://traces.example/{service}/latest', 'lablet-controller')).toBe('https://traces.example/lablet-controller/latest');
});
