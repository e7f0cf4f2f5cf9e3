/**
 * What gateway and page keep to alike, as plain values: a page that only needs to know a bound does not load the schemas. Nothing is imported
 * here but `domain`.
 */
import { FACILITY_CODE } from '../../domain/people/facility.ts';

export const FACILITY_CODE_PATTERN = new RegExp(`^${FACILITY_CODE}$`);
/** Which of the studies that go by a UID: a summary's `of`. */
export const STUDY_OF_PATTERN = new RegExp(`^${FACILITY_CODE}(~[1-9][0-9]{0,8})?$`);

export { PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PASSWORD_CHARS_OF_THREE_KINDS_MIN } from '../../domain/people/password-length.ts';
export { SHARE_DAYS_MAX } from '../../domain/sharing/share-days.ts';
/** UTF-16 units of a password in a request; the rule itself, with its reasons, is the gateway's (`gateway/auth/password-rule.ts`). */
export const PASSWORD_UNITS_MAX = 1024;

/** Studies that a page holds: on its screen, in its list, in its memory. */
export const STANDING_STUDIES_MAX = 60;
/** Letters that it shows at once. */
export const STANDING_LETTERS_MAX = 10;

/** Beside an uploaded file: its path, percent-encoded (RFC 3986 2.1), for who looks for it when it could not be read. */
export const FILE_NAME_HEADER = 'x-renkei-file-name';
export const FILE_NAME_CHARS_MAX = 500;

/** Studies of one export. */
export const EXPORT_STUDIES_MAX = 40;
