import type { DicomJson } from '../../domain/imaging/dataset.ts';

/**
 * DICOM JSON as text, attributes in ascending order as PS3.18 F.2.2 wants them. JavaScript puts keys that look like array indices
 * (30060010) before the others (00080005), so a data set that has such keys is written key by key.
 */
export function dicomJsonText(dataset: DicomJson): string {
  return isOrdered(dataset) ? JSON.stringify(dataset) : orderedText(dataset);
}

function isOrdered(dataset: DicomJson): boolean {
  let last = '';
  for (const tag of Object.keys(dataset)) {
    if (tag < last) return false;
    last = tag;
    const element = dataset[tag];
    if (element?.vr === 'SQ' && element.Value?.every((item) => isOrdered(item as DicomJson)) === false) return false;
  }
  return true;
}

function orderedText(dataset: DicomJson): string {
  const members = Object.keys(dataset)
    .sort()
    .map((tag) => {
      const element = dataset[tag];
      if (element?.vr !== 'SQ' || element.Value === undefined) return `"${tag}":${JSON.stringify(element)}`;
      return `"${tag}":{"vr":"SQ","Value":[${element.Value.map((item) => dicomJsonText(item as DicomJson)).join(',')}]}`;
    });
  return `{${members.join(',')}}`;
}
