import { useTranslation } from 'react-i18next';
import { Panel } from '../design/panel.tsx';
import { PasskeyPanel } from './passkey-panel.tsx';
import { SecondFactorPanel } from './second-factor-panel.tsx';

/** What may be asked for beside the password, or in its stead. */
export function FactorPanels() {
  const { t } = useTranslation();
  return (
    <>
      <Panel title={t('factors.title')} intro={t('factors.intro')}>
        <SecondFactorPanel />
      </Panel>
      <Panel title={t('passkeys.title')} intro={t('passkeys.intro')}>
        <PasskeyPanel />
      </Panel>
    </>
  );
}
