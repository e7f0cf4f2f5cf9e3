import type { Words } from '../i18n/words.ts';
import type { ja } from './texts.ja.ts';

export const en: Words<typeof ja> = {
  sessionEnd: {
    title: 'You are about to be signed out',
    body_one: 'Nothing was done for a while. You will be signed out in {{count}} second.',
    body_other: 'Nothing was done for a while. You will be signed out in {{count}} seconds.',
    limit_one: 'You signed in long ago, so you will be signed out in {{count}} second. Sign in again to return to this page.',
    limit_other: 'You signed in long ago, so you will be signed out in {{count}} seconds. Sign in again to return to this page.',
    stay: 'Stay signed in',
  },
  standing: {
    asking: 'Checking whether this may still be shown…',
    lost: 'The connection to the server is lost, so the page is hidden. It comes back by itself with the connection.',
  },
  secondStep: {
    title: 'Two-factor authentication',
    code: 'Code',
    codeHint: 'The six digits that your authenticator app shows.',
    recoveryCode: 'Recovery code',
    recoveryHint: 'One of the recovery codes that you kept. Each works once.',
    useRecovery: 'Use a recovery code',
    useCode: 'Use the authenticator app',
    lost: 'If you have neither the app nor a recovery code, ask an administrator to reset your two-factor authentication.',
    back: 'Start over',
  },
  passkey: {
    or: 'or',
    signIn: 'Sign in with a passkey',
    use: 'Use a passkey',
    confirm: 'Confirm with a passkey',
    waiting: 'Please do as your device asks…',
    notShown: 'No passkey was confirmed. Try again, or use another way.',
    wrong: 'This passkey does not work here. It may have been removed. Please use another way.',
  },
  whoIsThere: {
    title: 'Confirm that it is you',
    body: 'This is important, so please confirm once more who you are.',
    go: 'Confirm and go on',
  },
  signIn: {
    title: 'Sign in',
    email: 'Email',
    password: 'Password',
    submit: 'Sign in',
    submitting: 'Checking…',
    wrong: 'The email or the password is wrong. Please enter them again.',
    locked:
      'Several attempts were wrong, so please wait a little before trying again from here. In a hurry: sign in on a device you have used before, or ask an administrator to unlock it.',
    waitSeconds_one: 'You can try again in {{count}} second.',
    waitSeconds_other: 'You can try again in {{count}} seconds.',
    waitMinutes_one: 'You can try again in about {{count}} minute.',
    waitMinutes_other: 'You can try again in about {{count}} minutes.',
    expired: 'Your session has expired. Sign in again to return to where you were.',
    ended: 'Your session was ended from another device, or your account was disabled. The images on this page have been erased.',
    again: 'That took too long. Please start over.',
    'signed-out': 'You signed out in another tab. The images on this page have been erased.',
    'other-user': 'Somebody else signed in in another tab. The images on this page have been erased.',
    show: 'Show password',
    hide: 'Hide password',
  },
};
