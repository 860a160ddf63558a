import { expect, test } from 'vitest';
import { validateId } from '../../src/state/validateId.ts';

test.each(['a', 'web-1.2_3+x', '...', '.a', '-', 'x'.repeat(255)])('%s is an id', (id) => {
  expect(validateId(id)).toBe(id);
});

test.each([
  ['', 'EMPTY'],
  ['.', 'RESERVED'],
  ['..', 'RESERVED'],
  ['../x', 'BAD_CHARACTER'],
  ['a/b', 'BAD_CHARACTER'],
  ['a b', 'BAD_CHARACTER'],
  ['a\n', 'BAD_CHARACTER'],
  ['a\0', 'BAD_CHARACTER'],
  ['é', 'BAD_CHARACTER'],
  ['a,b', 'BAD_CHARACTER'],
  ['x'.repeat(256), 'TOO_LONG'],
  ['x'.repeat(300), 'TOO_LONG'],
])('defect 12: %j is none: %s', (id, code) => {
  expect(() => validateId(id)).toThrow(expect.objectContaining({ name: 'ContainerIdError', code }));
});

test('the message shows the id and what is wrong with it', () => {
  expect(() => validateId('../x')).toThrow(
    'container id "../x": expected letters, digits, "_", "+", "-" and ".", found "/"',
  );
  expect(() => validateId('x'.repeat(300))).toThrow(`"${'x'.repeat(60)}…": expected at most 255 characters, found 300`);
});
