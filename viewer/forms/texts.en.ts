import type { Words } from '../i18n/words.ts';
import type { ja } from './texts.ja.ts';

export const en: Words<typeof ja> = {
  form: {
    optional: 'optional',
    choose: 'Choose',
    saving: 'Saving…',
    passwordRule: '13 characters or more, or 8 or more with letters, digits and signs.',
    flaw: {
      required: 'Please fill this in.',
      unchosen: 'Please choose.',
      'too-long': 'Use {{max}} characters or fewer.',
      malformed: 'Please check how this is written.',
      date: 'Enter a date that exists, like 25 Nov 2026 or 2026-11-25.',
      email: 'Enter an email address, like name@hospital.jp.',
      'facility-code': 'Use only plain letters, digits, _ and -, up to 32 characters.',
      'no-facility': 'Choose a facility. Only administrators may belong to none.',
      'ae-title': 'Use only plain letters, digits and signs, up to 16 characters; no full-width characters and no backslash.',
      'address-range': 'Enter it like 192.168.1.20 or 192.168.1.0/24.',
      host: 'Enter a host name, or an address like 192.168.1.20. The port has its own field.',
      port: 'Enter a number from 1 to 65535.',
      'host-missing': 'Enter the host too.',
      'port-missing': 'Enter the port too.',
      'password-short': 'Use 13 characters or more, or 8 or more with letters, digits and signs.',
      'password-long': 'This is too long: 256 characters at most.',
      'password-common': 'This password is common or easy to guess. Please choose another.',
      'password-personal': 'This is made of your email, name or facility. Please choose another.',
      mismatch: 'The two new passwords are not the same.',
      'wrong-password': 'The current password is wrong.',
      order: 'Choose the same day as the first, or a later one.',
      'not-before': 'Choose a day no later than the last day.',
      'unknown-person': 'This doctor does not work there any more, or cannot sign in. Choose another.',
      'unknown-job': 'Nobody there has this job now. Choose somebody else.',
      until: 'Choose a day from today to five years from now.',
    },
  },
};
