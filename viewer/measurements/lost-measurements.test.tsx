// @vitest-environment happy-dom
import { act, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { LostMeasurements } from './lost-measurements.tsx';

it.each(LANGUAGES)('%s: measurements that go with an older version are counted until it was read', async (language) => {
  const listeners = new Set<(count: number) => void>();
  const viewer = {
    onMeasurementsLost: (listener: (count: number) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const lose = (count: number) =>
    act(() => {
      for (const listener of listeners) listener(count);
    });
  const { words, user } = await showPart(<LostMeasurements viewer={viewer} />, { language });
  expect(screen.queryByRole('alertdialog')).toBeNull();
  lose(1);
  expect(screen.getByText(say(words.measure.lostBody_one, { count: 1 }))).toBeTruthy();
  lose(2);
  expect(screen.getByText(say(words.measure.lostBody_other, { count: 3 }))).toBeTruthy();
  await user.click(screen.getByRole('button', { name: words.app.close }));
  expect(screen.queryByRole('alertdialog')).toBeNull();
  lose(1);
  expect(screen.getByText(say(words.measure.lostBody_one, { count: 1 }))).toBeTruthy();
});
