import { IMPLICIT_VR_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntax.ts';
import { COMMAND } from '../message/command-set.ts';
import { type AssociationRequest, openAssociation } from '../scu.ts';
import { VERIFICATION_SOP_CLASS } from './c-echo.ts';

/** PS3.4 A.5: asks a peer whether it is there. @returns the status. @throws as `openAssociation` */
export async function echo(peer: Omit<AssociationRequest, 'contexts'>, signal?: AbortSignal): Promise<number> {
  const contexts = [{ abstractSyntax: VERIFICATION_SOP_CLASS, transferSyntaxes: [IMPLICIT_VR_LITTLE_ENDIAN] }];
  const endpoint = await openAssociation({ ...peer, contexts }, signal);
  const command = { AffectedSOPClassUID: VERIFICATION_SOP_CLASS, CommandField: COMMAND['C-ECHO'] };
  try {
    const { status } = await endpoint.invoke(1, command, signal === undefined ? {} : { signal });
    await endpoint.release();
    return status;
  } finally {
    endpoint.abort('echo ended');
  }
}
