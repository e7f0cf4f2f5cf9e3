export const ja = {
  measure: {
    title: '計測',
    none: '計測はまだありません。長さやROIのツールを選び、画像の上でドラッグします。',
    delete: '計測を削除',
    goToImage: '{{number}} 枚目へ',
    unsaved: '計測はこの画面を閉じると消えます。',
    area: '面積',
    mean: '平均',
    max: '最大',
    min: '最小',
    deviation: '標準偏差',
    calibrated: '{{measured}}（{{how}}）',
    calibration: {
      'ultrasound-region': '超音波の校正値',
      'waveform-region': '波形の校正値',
      magnification: '拡大率補正',
      projection: '投影像',
      user: '手動校正',
      calibrated: '校正済み',
      uncertain: '校正不明',
    },
  },
} as const;
