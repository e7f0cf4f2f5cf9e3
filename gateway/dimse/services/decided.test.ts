import { describe, expect, test, vi } from 'vitest';
import type { FacilityCode, FacilityId } from '../../domain/identifiers.ts';
import type { ActorAction } from '../../domain/sharing/access.ts';
import { decided } from './decided.ts';
import type { DimseRequest, Operation, ServiceClass } from './service-class.ts';

const hospital = { id: '1' as FacilityId, code: 'H1' as FacilityCode };

function request(facility: typeof hospital | undefined): DimseRequest {
  const actor = { kind: 'system', aeTitle: 'CT1', remoteAddress: '::1', through: 'dimse', ...(facility === undefined ? {} : { facility }) };
  return { session: { actor } } as unknown as DimseRequest;
}

function service(operation: Operation): ServiceClass {
  return { name: 'storage', serves: () => true, operations: { 'C-STORE': operation } };
}

describe('an operation', () => {
  test('without an action keeps the door shut', () => {
    expect(() => decided(service(vi.fn()), { 'C-ECHO': 'open' })).toThrow('C-STORE of storage names no action');
  });

  test.each<[ActorAction | 'open', typeof hospital | undefined, boolean]>([
    ['study.store', hospital, true],
    ['study.store', undefined, false],
    ['user.manage', hospital, false],
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
    await expect(operations['C-STORE']?.(request(hospital), async () => {})).rejects.toThrow();
    expect(operation).not.toHaveBeenCalled();
  });
});
