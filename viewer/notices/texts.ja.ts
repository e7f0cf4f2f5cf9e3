export const ja = {
  notices: {
    title: 'お知らせ',
    bellUnread: 'お知らせ（新しいものがあります）',
    intro: '自施設の検査に起きた、確認が必要な変更です。',
    isNew: '新着',
    patientChanged: '患者情報の異なる画像が届きました',
    patientChangedBody:
      '同じ患者の一つの検査の中で、氏名・生年月日・患者IDの発行者のいずれかが異なっています。ここに示す患者情報は、最後に届いた画像のものです。取り違えがないか確認してください。',
    otherPatient: '別の患者の画像が、同じ検査UIDで届きました',
    otherPatientBody:
      '先に届いていた検査はそのままにして、届いた画像を別の検査として保管しています。患者情報の訂正か、もともと別の検査かを選んでください。',
    sameInstance_one: '同じUIDの画像が、別の検査またはシリーズに届きました（{{count}} 件）',
    sameInstance_other: '同じUIDの画像が、別の検査またはシリーズに届きました（{{count}} 件）',
    sameInstanceBody: '先に届いていた画像はそのままにして、両方を保管しています。訂正の送り直しか、もともと別の画像かを選んでください。',
    before: '先に届いていた検査',
    after: 'あとから届いた検査',
    sameStudy: '同じ検査の中の、別のシリーズです。',
    correction: '訂正：あとのほうが正しい',
    twoObjects: '訂正ではない：両方残す',
    correctionTitle: 'あとから届いたほうにまとめますか？',
    correctionPatientBody:
      '先に届いていた検査の画像を、すべてあとから届いた検査（患者）にまとめ、先の検査は一覧から消えます。両方にある画像は、以前の版として残ります。先の検査の共有は引き継がれません。',
    correctionInstanceBody:
      '両方にある画像を、あとから届いた検査（シリーズ）にまとめます。先に届いていたほうの画像は、以前の版として残ります。',
    settledCorrection: '訂正として、あとから届いたほうにまとめました。',
    settledTwoObjects: '訂正ではないものとして、両方を残しました。',
    settleFailed: '処理できませんでした',
    imageDamaged_one: '保管中の画像が損傷しています（{{count}} 件）',
    imageDamaged_other: '保管中の画像が損傷しています（{{count}} 件）',
    imageDamagedBody:
      '受信したときと内容が一致しないため、該当の画像は表示も配布もされません。送信元（モダリティ・PACS）から同じ画像を送り直すと、自動的に修復されます。',
    newVersion_one: '画像が内容を変えて届きました（{{count}} 件）',
    newVersion_other: '画像が内容を変えて届きました（{{count}} 件）',
    newVersionBody: '最後に届いた画像を表示しています。以前の画像も残っています。',
    studyEmptied: 'この検査の画像は、すべて別の検査に移されました。',
    emptyTitle: 'お知らせはありません',
    emptyBody: '画像が内容を変えて届いたときや、検査の患者情報が変わったときに、ここに表示されます。',
    failed: 'お知らせを読み込めませんでした',
    onlyNewest: '新しいものから {{count}} 件を表示しています。',
  },
} as const;
