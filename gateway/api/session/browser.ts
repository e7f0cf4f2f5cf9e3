/** What a browser brings to a sign-in, and the cookies that it is given. */
import { deviceName } from '../../auth/device-name.ts';
import type { SignInOrigin } from '../../auth/sign-in.ts';
import { DEVICE_MS_MAX } from '../../domain/people/credentials.ts';
import { plainAddress } from '../../domain/people/network.ts';
import type { AnswerCookie, HttpRequest } from '../../doorstep/exchange.ts';
import type { ApiPorts } from '../route.ts';

type Cookies = Pick<ApiPorts, 'cookies' | 'secureCookies'>;

/** A secret of ours has 43 characters. */
const COOKIE_CHARS_MAX = 100;

export function originOf({ cookies, proxies }: Pick<ApiPorts, 'cookies' | 'proxies'>, request: HttpRequest): SignInOrigin {
  const untrustedProxy = proxies.untrusted(request);
  const deviceSecret = secretOf(request.cookies[cookies.device]);
  const sessionSecret = secretOf(request.cookies[cookies.session]);
  return {
    remoteAddress: plainAddress(request.ip),
    device: deviceName(request.headers['user-agent']),
    ...(untrustedProxy === undefined ? {} : { untrustedProxy }),
    ...(deviceSecret === undefined ? {} : { deviceSecret }),
    ...(sessionSecret === undefined ? {} : { sessionSecret }),
  };
}

/** Of who is between the two steps of a sign-in. */
export function halfSecretOf({ cookies }: Pick<ApiPorts, 'cookies'>, request: HttpRequest): string | undefined {
  return secretOf(request.cookies[cookies.half]);
}

function secretOf(cookie: string | undefined): string | undefined {
  return cookie !== undefined && /^[A-Za-z0-9_-]{20,}$/.test(cookie) && cookie.length <= COOKIE_CHARS_MAX ? cookie : undefined;
}

export function sessionCookie(
  { cookies, secureCookies }: Cookies,
  { sessionSecret, endsAt }: { sessionSecret: string; endsAt: Date },
): AnswerCookie {
  return { name: cookies.session, value: sessionSecret, secure: secureCookies, expires: endsAt };
}

export function halfCookie(
  { cookies, secureCookies }: Cookies,
  { halfSecret, endsAt }: { halfSecret: string; endsAt: Date },
): AnswerCookie {
  return { name: cookies.half, value: halfSecret, secure: secureCookies, expires: endsAt };
}

export function forgetHalf({ cookies, secureCookies }: Cookies): AnswerCookie {
  return { name: cookies.half, value: '', secure: secureCookies, expires: new Date(0) };
}

export function deviceCookie({ cookies, secureCookies }: Cookies, deviceSecret: string): AnswerCookie {
  return { name: cookies.device, value: deviceSecret, secure: secureCookies, maxAgeSeconds: DEVICE_MS_MAX / 1000 };
}

export function forgetSession({ cookies, secureCookies }: Cookies): AnswerCookie {
  return { name: cookies.session, value: '', secure: secureCookies, expires: new Date(0) };
}
