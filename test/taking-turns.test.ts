import { expect, it, vi } from 'vitest';
import { createSemaphore } from '../server/semaphore.ts';

/** A work that ends when it is told to. */
function held() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: vi.fn(() => ended), end: () => end() };
}

it('gives the place of a work that has gone while it waited to the next one', async () => {
  const inTurn = createSemaphore(1, 1, 'works are done');
  const [first, gone, second] = [held(), held(), held()];
  const leaving = new AbortController();
  const running = inTurn(first.work);
  const left = inTurn(gone.work, leaving.signal);
  await expect(inTurn(second.work)).rejects.toMatchObject({ status: 503 });

  leaving.abort();
  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  const waiting = inTurn(second.work);
  first.end();
  second.end();
  await Promise.all([running, waiting]);

  expect(gone.work).not.toHaveBeenCalled();
  expect(second.work).toHaveBeenCalledTimes(1);
});

it('never begins a work that has gone before it came', async () => {
  const inTurn = createSemaphore(1, 1, 'works are done');
  const { work } = held();

  await expect(inTurn(work, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });

  expect(work).not.toHaveBeenCalled();
});

it('lets a work that has gone while it ran end by itself', async () => {
  const inTurn = createSemaphore(1, 1, 'works are done');
  const [first, second] = [held(), held()];
  const leaving = new AbortController();
  const running = inTurn(first.work, leaving.signal);
  const waiting = inTurn(second.work);
  leaving.abort();
  expect(second.work).not.toHaveBeenCalled();

  first.end();
  second.end();
  await Promise.all([running, waiting]);

  expect(second.work).toHaveBeenCalledTimes(1);
});
