/** The browser's own dialogs about passkeys. The library is loaded with the first of them. */
import type { AddPasskey, NewPasskeyQuestion, PasskeyAnswer, PasskeyQuestion } from '../../../gateway/api/contract/passkeys.ts';

/** Nothing was shown: whoever sits here would not, has none for this address, or took too long. The browser does not say which. */
export class PasskeyNotShown extends Error {}

export const browserKnowsPasskeys = () => typeof PublicKeyCredential === 'function';

export async function showPasskey(question: PasskeyQuestion): Promise<PasskeyAnswer> {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  const shown = await startAuthentication({ optionsJSON: question as Parameters<typeof startAuthentication>[0]['optionsJSON'] }).catch(
    notShown,
  );
  const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
  return {
    id: shown.id,
    clientDataJSON,
    authenticatorData,
    signature,
    ...(userHandle === undefined || userHandle === '' ? {} : { userHandle }),
  };
}

export async function makePasskey(question: NewPasskeyQuestion): Promise<Omit<AddPasskey, 'name'>> {
  const { startRegistration } = await import('@simplewebauthn/browser');
  const made = await startRegistration({ optionsJSON: question as Parameters<typeof startRegistration>[0]['optionsJSON'] }).catch(notShown);
  const { clientDataJSON, attestationObject, transports = [] } = made.response;
  return { id: made.id, clientDataJSON, attestationObject, transports };
}

function notShown(cause: unknown): never {
  throw new PasskeyNotShown('no passkey was shown', { cause });
}
