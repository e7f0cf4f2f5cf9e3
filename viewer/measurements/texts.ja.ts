export const ja = {
  measure: { area: '面積', mean: '平均', max: '最大', min: '最小', deviation: '標準偏差' },
} as const;
