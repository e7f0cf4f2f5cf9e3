import { describe, expect, test, vi } from 'vitest';
import { HOSPITAL } from '../../../test/fixtures/people/actors.ts';
import type { FacilityRef } from '../../domain/people/actor.ts';
import type { ActorAction } from '../../domain/sharing/access.ts';
import { decided } from './decided.ts';
import type { DimseRequest, Operation, ServiceClass } from './service-class.ts';

function request(facility: FacilityRef | undefined): DimseRequest {
  const actor = { kind: 'system', aeTitle: 'CT1', remoteAddress: '::1', through: 'dimse', ...(facility === undefined ? {} : { facility }) };
  return { session: { actor, stillMay: () => undefined } } as unknown as DimseRequest;
}

function service(operation: Operation): ServiceClass {
  return { name: 'storage', serves: () => true, operations: { 'C-STORE': operation } };
}

describe('an operation', () => {
  test('without an action keeps the door shut', () => {
    expect(() => decided(service(vi.fn()), { 'C-ECHO': 'open' })).toThrow('C-STORE of storage names no action');
  });

  test.each<[ActorAction | 'open', FacilityRef | undefined, boolean]>([
    ['study.store', HOSPITAL, true],
    ['study.store', undefined, false],
    ['user.manage', HOSPITAL, false],
    ['open', undefined, true],
  ])('that is %s, asked by a system of %o: carried out %s', async (action, facility, isCarriedOut) => {
    const operation = vi.fn<Operation>().mockResolvedValue({ status: 0 });
    const asked = decided(service(operation), { 'C-STORE': action }).operations['C-STORE']?.(request(facility), async () => {});
    if (isCarriedOut) expect(await asked).toEqual({ status: 0 });
    else await expect(asked).rejects.toMatchObject({ kind: 'denied' });
    expect(operation).toHaveBeenCalledTimes(isCarriedOut ? 1 : 0);
  });

  test('on one study has no row here, and is not carried out', async () => {
    const operation = vi.fn<Operation>();
    // @ts-expect-error An action on a study is asked for with the study.
    const { operations } = decided(service(operation), { 'C-STORE': 'study.view' });
    await expect(operations['C-STORE']?.(request(HOSPITAL), async () => {})).rejects.toThrow();
    expect(operation).not.toHaveBeenCalled();
  });
});
