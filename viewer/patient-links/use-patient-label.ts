import type { DeskPatient } from '../../gateway/api/contract/links.ts';
import { displayName } from '../patient/name-groups.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';

/** A patient in a sentence: name, facility and number. */
export function usePatientLabel(): (patient: DeskPatient) => string {
  const facilityName = useFacilityName();
  return ({ patientName, patientID, facility }) =>
    [displayName(patientName).primary, facilityName(facility), patientID].filter((text) => text !== '').join(' ');
}
