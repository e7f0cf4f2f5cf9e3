/** When the use of images is unusual enough for somebody to look at it, as data: what each rule counts, and what a region may set. Pure. */

interface Threshold {
  readonly usual: number;
  readonly min: number;
  readonly max: number;
}

/** One row a rule; its thresholds with what holds as long as the region says nothing, and within what it may say otherwise. */
export const UNUSUAL_RULES = {
  /** The viewer's family name is the patient's. The so many most common names of Japan are left out: they are alike by chance. */
  'own-name': { commonNames: { usual: 0, min: 0, max: 10 } },
  /** The patient has the name of somebody who works at the viewer's facility. */
  'own-staff': {},
  /** So many patients in so many minutes. */
  'many-patients': { patients: { usual: 40, min: 5, max: 500 }, minutes: { usual: 60, min: 10, max: 720 } },
  /** So many patients between these hours of the region. */
  night: { patients: { usual: 5, min: 1, max: 100 }, fromHour: { usual: 22, min: 18, max: 23 }, untilHour: { usual: 5, min: 1, max: 8 } },
  /** By the own facility's right alone, of a patient of whom the facility has examined or received nothing for so many days. */
  'no-visit': { days: { usual: 365, min: 30, max: 3650 } },
} as const satisfies Record<string, Readonly<Record<string, Threshold>>>;
export type UnusualRule = keyof typeof UNUSUAL_RULES;
export const UNUSUAL_RULE_NAMES = Object.keys(UNUSUAL_RULES) as readonly UnusualRule[];

export interface RuleSetting {
  readonly on: boolean;
  readonly thresholds: Readonly<Record<string, number>>;
}
export type UnusualSettings = Readonly<Record<UnusualRule, RuleSetting>>;
/** What a region says otherwise than the rules do at first. */
export type RegionUnusual = {
  readonly [Rule in UnusualRule]?: { readonly on?: boolean; readonly thresholds?: Readonly<Record<string, number>> };
};

/** The thresholds of a rule, by name. */
export function thresholdsOf(rule: UnusualRule): Readonly<Record<string, Threshold>> {
  return UNUSUAL_RULES[rule];
}

/** What holds: what the region says where it may say so. */
export function settingsOf(region: RegionUnusual): UnusualSettings {
  return Object.fromEntries(
    UNUSUAL_RULE_NAMES.map((rule) => {
      const said = region[rule];
      const thresholds = Object.entries(thresholdsOf(rule)).map(([name, { usual, min, max }]) => {
        const value = said?.thresholds?.[name];
        return [name, value !== undefined && Number.isInteger(value) && value >= min && value <= max ? value : usual];
      });
      return [rule, { on: said?.on ?? true, thresholds: Object.fromEntries(thresholds) }];
    }),
  ) as UnusualSettings;
}

/** The first that may not be set so; undefined: all may. */
export function unusualOutOfBounds(region: RegionUnusual): string | undefined {
  for (const rule of UNUSUAL_RULE_NAMES) {
    for (const [name, value] of Object.entries(region[rule]?.thresholds ?? {})) {
      const bounds = Object.hasOwn(thresholdsOf(rule), name) ? thresholdsOf(rule)[name] : undefined;
      if (bounds === undefined || !Number.isInteger(value) || value < bounds.min || value > bounds.max) return `${rule}/${name}`;
    }
  }
  return undefined;
}

/** What is set otherwise now, as the record has it. */
export function unusualChanges(before: UnusualSettings, after: UnusualSettings): readonly string[] {
  return UNUSUAL_RULE_NAMES.flatMap((rule) => [
    ...(before[rule].on === after[rule].on ? [] : [`${rule}=${after[rule].on ? 'on' : 'off'}`]),
    ...Object.entries(after[rule].thresholds)
      .filter(([name, value]) => before[rule].thresholds[name] !== value)
      .map(([name, value]) => `${rule}/${name}=${value}`),
  ]);
}
