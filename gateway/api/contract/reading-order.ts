/** The rules of order and time that gateway and viewer share: what the index says of a series is what the viewer makes of its headers. */
export { FRAMES_PER_SECOND_MAX, framesPerSecondOf, frameTimesOf, isClip } from '../../domain/imaging/clip.ts';
export { frameOrder, openingFrame, placeAlongNormal, readingKey } from '../../domain/imaging/reading-order.ts';
