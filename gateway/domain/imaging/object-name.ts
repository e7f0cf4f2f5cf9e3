/**
 * What may name an object: the UID of a study, series or instance as it stands in a file, valid (PS3.5 9.1) or not. One rule for reception, keys
 * of the object store, paths and DIMSE: what is stored can be opened, shared, fetched and removed by its name, what cannot be named so is
 * put into quarantine when it comes. Such a name is one segment of a path anywhere, needs no escaping, and leads nowhere else.
 */
export const OBJECT_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

export function isObjectName(text: string): boolean {
  return OBJECT_NAME.test(text);
}
