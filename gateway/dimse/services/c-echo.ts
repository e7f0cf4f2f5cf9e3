import { STATUS } from '../status.ts';
import type { ServiceClass } from './service-class.ts';

/** PS3.4 A.4. */
export const VERIFICATION_SOP_CLASS = '1.2.840.10008.1.1';

/** Verification as SCP. Whoever got an association may ask; there is nothing to see. */
export const VERIFICATION: ServiceClass = {
  name: 'verification',
  serves: (abstractSyntaxUID) => abstractSyntaxUID === VERIFICATION_SOP_CLASS,
  operations: { 'C-ECHO': () => Promise.resolve({ status: STATUS.success }) },
};
