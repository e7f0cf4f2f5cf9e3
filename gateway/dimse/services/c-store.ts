import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../domain/identifiers.ts';
import { isObjectName } from '../../domain/imaging/object-name.ts';
import type { ReceiveOutcome, Receiver } from '../../domain/imaging/reception.ts';
import { STATUS } from '../status.ts';
import type { DimseAnswer, Operation, ServiceClass } from './service-class.ts';
import { isStorageSOPClass } from './storage-sop-classes.ts';

/** Storage as SCP, PS3.4 annex B: every storage SOP class, in whatever transfer syntax comes first; nothing is converted. */
export function storageService(receiver: Receiver): ServiceClass {
  return { name: 'storage', serves: isStorageSOPClass, operations: { 'C-STORE': (request) => store(receiver, request) } };
}

/** PS3.7 9.1.1. Answers success only after the receiver has made the bytes durable. */
async function store(receiver: Receiver, request: Parameters<Operation>[0]): Promise<DimseAnswer> {
  const { session, context, command, dataSet, signal } = request;
  const sopClassUID = command.AffectedSOPClassUID;
  const sopInstanceUID = command.AffectedSOPInstanceUID;
  if (sopClassUID !== context.abstractSyntax) {
    return { status: STATUS['sop-class-not-supported'], errorComment: 'SOP class is not that of the presentation context' };
  }
  // Files with UIDs of other characters or more of them are in archives, and are kept; what could not name an object is not.
  if (sopInstanceUID === undefined || !isObjectName(sopInstanceUID)) {
    return { status: STATUS['invalid-sop-instance'], errorComment: 'Affected SOP Instance UID is not a UID' };
  }
  if (dataSet === undefined) return { status: STATUS['cannot-understand'], errorComment: 'no data set' };

  const outcome = await receiver.receive(
    {
      facility: session.actor.facility,
      source: { door: 'dimse', remoteAddress: session.remoteAddress, callingAETitle: session.callingAETitle },
      dataSet: {
        sopClassUID: sopClassUID as SOPClassUID,
        sopInstanceUID: sopInstanceUID as SOPInstanceUID,
        transferSyntaxUID: context.transferSyntax as TransferSyntaxUID,
      },
    },
    dataSet,
    signal,
  );
  return answer(outcome);
}

function answer(outcome: ReceiveOutcome): DimseAnswer {
  switch (outcome.kind) {
    case 'stored':
    case 'duplicate':
    case 'new-version':
      return { status: STATUS.success };
    case 'quarantined':
      return { status: STATUS['cannot-understand'], errorComment: `kept aside: ${outcome.reason}` };
    case 'refused':
      return { status: STATUS['data-set-does-not-match-sop-class'], errorComment: outcome.reason };
    case 'skipped':
      return { status: STATUS['cannot-understand'], errorComment: outcome.reason };
  }
}
