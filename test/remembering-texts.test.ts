import { expect, it, vi } from 'vitest';
import { remember } from '../server/remember.ts';

it('works out what a text means once, as long as the texts together are short', () => {
  const workOut = vi.fn((text: string) => text.length);
  const lengthOf = remember(workOut, 100);

  for (const letter of ['a', 'b', 'a', 'b']) lengthOf(letter.repeat(40));
  expect(workOut).toHaveBeenCalledTimes(2);

  lengthOf('c'.repeat(40));
  lengthOf('c'.repeat(40));
  expect(workOut).toHaveBeenCalledTimes(3);
  expect(lengthOf('a'.repeat(40))).toBe(40);
  expect(workOut).toHaveBeenCalledTimes(4);
});

it('remembers at most 500 texts, however short', () => {
  const workOut = vi.fn((text: string) => text);
  const known = remember(workOut);

  for (let number = 0; number < 501; number++) known(String(number));
  known('500');
  expect(workOut).toHaveBeenCalledTimes(501);
  known('0');
  expect(workOut).toHaveBeenCalledTimes(502);
});
