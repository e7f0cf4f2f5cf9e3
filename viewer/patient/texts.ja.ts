export const ja = {
  sex: { M: '男', F: '女', O: 'その他' },
  age: { years: '{{count}}歳', months: '{{count}}か月', days: '{{count}}日' },
} as const;
