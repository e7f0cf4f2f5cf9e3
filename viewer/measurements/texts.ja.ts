export const ja = {
  measure: {
    title: '計測',
    none: '計測はまだありません。長さやROIのツールを選び、画像の上でドラッグします。',
    delete: '計測を削除',
    goToImage: '{{number}} 枚目へ',
    lostTitle: '計測を削除しました',
    lostBody_one:
      '画像が新しい版に差し替えられました。前の版の画像に描いた計測 {{count}} 件は、新しい画像には当てはまらないため削除しました。必要な場合は、測り直してください。',
    lostBody_other:
      '画像が新しい版に差し替えられました。前の版の画像に描いた計測 {{count}} 件は、新しい画像には当てはまらないため削除しました。必要な場合は、測り直してください。',
    unsaved: '計測はこの画面を閉じると消えます。',
    area: '面積',
    mean: '平均',
    max: '最大',
    min: '最小',
    deviation: '標準偏差',
    stored: '格納値',
    calibrated: '{{measured}}（{{how}}）',
    calibration: {
      'ultrasound-region': '超音波の校正値',
      'waveform-region': '波形の校正値',
      magnification: '拡大率補正済み',
      fiducial: '基準物で校正済み',
      'beam-centre': 'ビーム中心面',
      detector: '検出器面',
      scanned: 'フィルム上',
      projection: '投影像',
      user: '手動校正',
      calibrated: '校正済み',
      uncertain: '校正不明',
    },
  },
} as const;
