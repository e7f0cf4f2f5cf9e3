import type { Words } from '../i18n/words.ts';
import type { ja } from './texts.ja.ts';

export const en: Words<typeof ja> = {
  notices: {
    emergencies: 'Emergency access',
    emergencyBody: '{{name}} of {{facility}} opened images by emergency access.',
    emergencyWaits: 'Waits for review',
    emergencyDone: 'Reviewed',
    emergencyKnown: 'The patient is registered here. The facilities that hold the images review it.',
    toReview: 'Review',
    toImages: 'The patient’s images',
    bellWaiting: 'Notices (an emergency access waits for review)',
    title: 'Notices',
    bellUnread: 'Notices (there are new ones)',
    intro: 'Changes to your facility’s studies that someone should look at, and what became of letters.',
    letterArrived: 'A letter came',
    letterRecalled: 'A letter that came was recalled by its sender',
    letterDeclined: 'A letter that you sent was declined',
    isNew: 'New',
    patientChanged: 'Images with different patient data have arrived',
    patientChangedBody:
      'Within one study of the same patient the name, birth date or issuer of the ID differs. What is shown here is what came last. Please check that nothing was mixed up.',
    otherPatient: 'Images of another patient have arrived under the same study UID',
    otherPatientBody:
      'The study that was there before is as it was; what arrived is kept as a study of its own. Please say whether the patient was corrected or these are two studies.',
    sameInstance_one: 'An image has arrived under a UID that another study or series holds ({{count}})',
    sameInstance_other: 'Images have arrived under UIDs that another study or series holds ({{count}})',
    sameInstanceBody:
      'What was there before is as it was; both are kept. Please say whether this was a correction or these are two images.',
    before: 'There before',
    after: 'Arrived later',
    sameStudy: 'Another series of the same study.',
    correction: 'Correction: the later one is right',
    twoObjects: 'Not a correction: keep both',
    correctionTitle: 'Bring everything to what arrived later?',
    correctionPatientBody:
      'All images of the study that was there before go to the study (the patient) that arrived later, and the former study leaves the list. Images that are in both stay as earlier versions. Shares of the former study are not carried over.',
    correctionInstanceBody:
      'Images that are in both go to the study or series that arrived later. The former ones stay as earlier versions.',
    settledCorrection: 'Settled as a correction: brought to what arrived later.',
    settledTwoObjects: 'Settled: not a correction, both are kept.',
    settleFailed: 'It could not be settled',
    imageDamaged_one: 'A stored image is damaged ({{count}})',
    imageDamaged_other: 'Stored images are damaged ({{count}})',
    imageDamagedBody:
      'What is kept is no longer what was received, so it is neither shown nor handed out. Send the same image again from the modality or PACS: that mends it.',
    newVersion_one: 'An image has arrived with different contents ({{count}} version)',
    newVersion_other: 'Images have arrived with different contents ({{count}} versions)',
    newVersionBody: 'The newest are shown. The earlier images are kept as well.',
    studyEmptied: 'All images of this study have been moved to another study.',
    emptyTitle: 'No notices',
    emptyBody: 'When an image arrives with different contents, or the patient of a study changes, it is shown here.',
    failed: 'The notices could not be loaded',
    onlyNewest: 'The newest {{count}} are shown.',
  },
};
