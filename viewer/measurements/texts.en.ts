import type { Words } from '../i18n/words.ts';
import type { ja } from './texts.ja.ts';

export const en: Words<typeof ja> = {
  measure: {
    title: 'Measurements',
    none: 'No measurements yet. Choose a length or ROI tool and drag on the image.',
    delete: 'Delete measurement',
    goToImage: 'Go to image {{number}}',
    lostTitle: 'Measurements were deleted',
    lostBody_one:
      'A new version of the images has arrived. {{count}} measurement drawn on the earlier version does not hold for the new images and was deleted. Measure again where you need it.',
    lostBody_other:
      'A new version of the images has arrived. {{count}} measurements drawn on the earlier version do not hold for the new images and were deleted. Measure again where you need them.',
    unsaved: 'Measurements are gone when you leave this page.',
    area: 'Area',
    mean: 'Mean',
    max: 'Max',
    min: 'Min',
    deviation: 'SD',
    stored: 'Stored',
    calibrated: '{{measured}} ({{how}})',
    calibration: {
      'ultrasound-region': 'ultrasound calibration',
      'waveform-region': 'waveform calibration',
      magnification: 'corrected for magnification',
      fiducial: 'calibrated by an object of known size',
      'beam-centre': 'at the centre of the beam',
      detector: 'at detector',
      scanned: 'on the scanned film',
      projection: 'projection',
      user: 'calibrated by hand',
      calibrated: 'calibrated',
      uncertain: 'calibration uncertain',
    },
  },
};
