import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../../gateway/api/contract/studies.ts';
import { classes } from '../../design/classes.ts';
import { formatDA, formatTM } from '../../i18n/dates.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import type { CellState } from '../../imaging/port.ts';
import type { SeriesImage } from '../../imaging/series-images.ts';
import { windowNumber } from '../../imaging/window-presets.ts';
import { isOtherPatient, patientOfImage } from '../../patient/image-patient.ts';
import { displayName } from '../../patient/name-groups.ts';
import { usePatientFacts } from '../../patient/patient-facts.tsx';
import { useFacilityName } from '../../sharing/use-facility-name.ts';
import type { Stack } from '../stacks.ts';
import { scaleBar } from './scale-bar.ts';

interface Props {
  study: StudyDetail;
  series: Stack;
  image: SeriesImage | undefined;
  state: CellState;
  preview: boolean;
  onOverlays: (shown: boolean) => void;
  onOverlayRetry: () => void;
}

const CORNER =
  'absolute flex flex-col max-w-[46%] [&>span]:max-w-full [&>span:not([data-whole])]:truncate [&>span]:bg-black/45 [&>span]:px-1 [&>span]:empty:hidden';
const LEFT = 'left-1.5 items-start';
const RIGHT = 'right-7 items-end text-right pointer-coarse:right-11';
/** In a narrow cell the right-hand words reach to its middle: the edge's letter has a line to itself there. */
const UPPER_RIGHT = 'top-6 @sm:top-2';
const LOWER_RIGHT = 'bottom-6 @sm:bottom-2';

/** What every picture must say of itself: whose it is, what it is, where in the stack, and how it is shown. */
export function ViewportOverlay({ study, series, image, state, preview, ...actions }: Props) {
  const { edges } = state;
  return (
    <div className="overlay-text pointer-events-none absolute inset-0 text-2xs text-[#c9ced5] @container">
      <Whose study={study} image={image} />
      <What study={study} series={series} />
      <Where image={image} state={state} />
      <How image={image} state={state} {...actions} />
      <Edge letters={edges.top} className="top-2 left-1/2 -translate-x-1/2" />
      <Edge letters={edges.bottom} className="bottom-2 left-1/2 -translate-x-1/2" />
      <Edge letters={edges.left} className="top-1/2 left-2.5 -translate-y-1/2" />
      <Edge letters={edges.right} className="top-1/2 right-7 -translate-y-1/2 pointer-coarse:right-11" />
      <Coming state={state} preview={preview} />
    </div>
  );
}

/** The patient of the image itself; of the study while there is no image. */
function Whose({ study, image }: Pick<Props, 'study' | 'image'>) {
  const { t } = useTranslation();
  const patient = image === undefined ? study : patientOfImage(image.metadata);
  const facts = usePatientFacts()({ ...patient, studyDate: study.studyDate });
  const name = displayName(patient.patientName);
  return (
    <div className={classes(CORNER, LEFT, 'top-2')} data-testid="overlay-top-left">
      <span data-whole className="text-xs font-medium break-words text-white">
        {name.primary || t('studies.noName')}
      </span>
      {name.secondary.map((text) => (
        <span key={text} data-whole className="hidden break-words @sm:inline">
          {text}
        </span>
      ))}
      <span>{patient.patientID}</span>
      <span>{facts.sexAndAge}</span>
      <span className="hidden @sm:inline">{facts.birth}</span>
      {isOtherPatient(patient, study) ? (
        <span className="pointer-events-auto text-danger" role="alert" data-testid="other-patient">
          {t('study.otherPatient')}
        </span>
      ) : null}
    </div>
  );
}

function What({ study, series }: Pick<Props, 'study' | 'series'>) {
  const facilityName = useFacilityName();
  const { t } = useTranslation();
  const language = useLanguage();
  const title = series.seriesDescription || series.modality;
  return (
    <div className={classes(CORNER, RIGHT, UPPER_RIGHT)} data-testid="overlay-top-right">
      <span>
        {formatDA(study.studyDate, language)}
        {/* Beside the day a narrow cell has no room for it; the page's head says it. */}
        <span className="hidden @sm:inline"> {formatTM(study.studyTime)}</span>
      </span>
      <span>{study.studyDescription}</span>
      <span>
        {series.seriesNumber === null ? '' : `#${series.seriesNumber} `}
        {series.clip === undefined || series.clips.length === 1 ? title : t('study.clip', { number: series.clip.number, series: title })}
      </span>
      <span className="hidden @sm:inline">{facilityName(study.owner)}</span>
    </div>
  );
}

function Where({ image, state }: Pick<Props, 'image' | 'state'>) {
  const { t } = useTranslation();
  return (
    <div className={classes(CORNER, LEFT, 'bottom-2')} data-testid="overlay-bottom-left">
      <ScaleBar scale={state.scale} />
      {state.count === 0 ? null : (
        <span className="text-xs text-white" data-testid="image-number">
          {t('study.image')} {t('study.imageOf', { index: (state.drawn?.index ?? state.index) + 1, count: state.count })}
        </span>
      )}
      {image?.sliceLocationMm === undefined ? null : (
        <span>
          {t('study.sliceLocation')} {image.sliceLocationMm.toFixed(1)} mm
        </span>
      )}
      {image?.sliceThicknessMm === undefined ? null : (
        <span>
          {t('study.thickness')} {image.sliceThicknessMm.toFixed(1)} mm
        </span>
      )}
    </div>
  );
}

/** Of the widest bar, CSS pixels. */
const SCALE_BAR_PIXELS_MAX = 96;
const MM_A_CM = 10;

/** A length to go by, and what makes it one where that is not the patient's own plane. */
function ScaleBar({ scale }: Pick<CellState, 'scale'>) {
  const { t } = useTranslation();
  const bar = scale && scaleBar(scale.mm, SCALE_BAR_PIXELS_MAX);
  if (bar === undefined) return null;
  const length = bar.mm < MM_A_CM ? `${bar.mm} mm` : `${bar.mm / MM_A_CM} cm`;
  const how = scale?.calibration;
  return (
    <span className="mb-0.5 hidden items-end gap-1.5 @sm:flex" data-testid="scale-bar">
      <span aria-hidden className="mb-1 h-1.5 shrink-0 border-x border-b border-white/90" style={{ width: bar.pixels }} />
      <span className="truncate">
        {how === undefined ? length : t('measure.calibrated', { measured: length, how: t(`measure.calibration.${how}`) })}
      </span>
    </span>
  );
}

function How({ image, state, onOverlays, onOverlayRetry }: Pick<Props, 'image' | 'state' | 'onOverlays' | 'onOverlayRetry'>) {
  const { t } = useTranslation();
  return (
    <div className={classes(CORNER, RIGHT, LOWER_RIGHT)} data-testid="overlay-bottom-right">
      {state.overlay === undefined ? null : <OverlaySwitch overlay={state.overlay} onOverlays={onOverlays} />}
      {state.overlayFault === undefined ? null : <OverlayFault fault={state.overlayFault} onRetry={onOverlayRetry} />}
      {image?.derived === undefined ? null : <span className="text-accent">{t(`study.derived.${image.derived}`)}</span>}
      {image?.lossy === true ? <span className="text-accent">{t('study.lossy')}</span> : null}
      {state.drawnByGateway ? (
        <span className="text-accent" data-testid="drawn-by-gateway">
          {t('study.drawnByGateway')}
        </span>
      ) : null}
      {state.window === undefined ? null : (
        <span data-testid="window">
          W {windowNumber(state.window.width, state.window.width)} L {windowNumber(state.window.center, state.window.width)}
        </span>
      )}
      {state.lut === undefined ? null : <span data-testid="window">LUT {state.lut}</span>}
      {state.zoom === undefined ? null : (
        <span className="hidden @sm:inline" data-testid="zoom">
          {t('study.zoom')} {state.zoom[0].toFixed(2)}×
        </span>
      )}
    </div>
  );
}

/** That the file draws something over this picture, and whether that is seen. */
function OverlaySwitch({ overlay, onOverlays }: { overlay: NonNullable<CellState['overlay']> } & Pick<Props, 'onOverlays'>) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      aria-pressed={overlay.shown}
      data-testid="overlay-switch"
      className="pointer-events-auto max-w-full truncate rounded-sm bg-black/45 px-1 text-[#5ed3ff] hover:bg-black/80 pointer-coarse:min-h-11"
      onClick={() => onOverlays(!overlay.shown)}
    >
      {overlay.shown ? t('study.overlay') : t('study.overlayHidden')}
      <span className="hidden @sm:inline"> {overlay.names.join(', ')}</span>
    </button>
  );
}

/** That something is missing over this picture; what did not come may be asked for again. */
function OverlayFault({ fault, onRetry }: { fault: NonNullable<CellState['overlayFault']>; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex max-w-full flex-col items-end text-accent" data-testid="overlay-fault" data-fault={fault}>
      <span className="bg-black/45 px-1">{t(`study.overlayFault.${fault}`)}</span>
      {fault === 'not-read' ? (
        <button
          type="button"
          className="pointer-events-auto rounded-sm bg-black/45 px-1 underline hover:bg-black/80 pointer-coarse:min-h-11"
          onClick={onRetry}
        >
          {t('app.retry')}
        </button>
      ) : null}
    </div>
  );
}

/** Whether this is the picture yet, and how much of the stack is here. */
function Coming({ state, preview }: Pick<Props, 'state' | 'preview'>) {
  const { t } = useTranslation();
  return (
    <>
      <div role="status" className="absolute inset-x-0 bottom-8 flex justify-center">
        {preview ? <span className="rounded-full bg-black/70 px-2.5 py-0.5 text-accent">{t('study.preview')}</span> : null}
        {!preview && state.phase === 'loading' ? (
          // Which one is awaited, where the one before it still stands.
          <span className="animate-pulse-slow rounded-full bg-black/70 px-2.5 py-0.5">
            {t('study.loading')}
            {state.drawn === undefined ? '' : ` ${t('study.imageOf', { index: state.index + 1, count: state.count })}`}
          </span>
        ) : null}
      </div>
      {state.loaded > 0 && state.loaded < state.count ? (
        <span className="absolute inset-x-0 bottom-0 h-0.5 bg-white/10" aria-hidden>
          <span className="block h-full bg-accent/70" style={{ width: `${(state.loaded / state.count) * 100}%` }} />
        </span>
      ) : null}
    </>
  );
}

function Edge({ letters, className }: { letters: string; className: string }) {
  if (letters === '') return null;
  return <span className={classes('absolute text-xs font-semibold text-white/80', className)}>{letters}</span>;
}
