/** Routes of one's own notices by mail. */
import { hashSecret } from '../../auth/secrets.ts';
import type { HttpRequest } from '../../doorstep/exchange.ts';
import type { Takes } from '../../doorstep/route.ts';
import { askMailCode, chooseMail, confirmMailAddress, removeMailAddress } from '../../usecases/account/manage-mail.ts';
import { chooseMailSchema, mailAddressSchema, mailChoicesSchema, mailCodeSchema } from '../contract/notices.ts';
import { type ApiPorts, type ApiRoute, route, type Uses } from '../route.ts';

/** As the page says that its reader reads. */
const languageOf = ({ headers }: Pick<HttpRequest, 'headers'>) => (/^en\b/i.test(headers['accept-language'] ?? '') ? 'en' : 'ja');

export const MAIL_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/mail',
    summary: 'Own notices by mail: to which address, how often and of what',
    action: 'mail.manage-own',
    answer: mailChoicesSchema,
    handle: async ({ mail, mailServed }: Uses<{ mail: 'mailChoices' }> & Pick<ApiPorts, 'mailServed'>, { user }) => {
      const { mode, kinds, address, pendingAddress, failedAt } = await mail.mailChoices(user.id);
      return {
        body: {
          served: mailServed,
          address: address ?? null,
          pendingAddress: pendingAddress ?? null,
          mode,
          kinds: [...kinds],
          failedAt: failedAt?.toISOString() ?? null,
        },
      };
    },
  }),
  route({
    method: 'PATCH',
    path: '/mail',
    summary: 'Choose how often and of what one is told by mail',
    action: 'mail.manage-own',
    body: chooseMailSchema,
    status: 204,
    handle: async (ports: Takes<typeof chooseMail>, { actor, proof, body, request }) => {
      await chooseMail(ports, { actor, proof }, { ...body, language: languageOf(request) });
      return { body: undefined };
    },
  }),
  route({
    method: 'POST',
    path: '/mail/address',
    summary: 'Have a code sent to an address; until it is typed nothing else is sent there',
    action: 'mail.manage-own',
    body: mailAddressSchema,
    status: 204,
    handle: async (ports: Takes<typeof askMailCode>, { actor, proof, body: { address }, request }) => {
      await askMailCode(ports, { actor, proof }, address, languageOf(request));
      return { body: undefined };
    },
  }),
  route({
    method: 'POST',
    path: '/mail/confirmation',
    summary: 'The code that was sent: the address is one’s own',
    action: 'mail.manage-own',
    body: mailCodeSchema,
    status: 204,
    handle: async (ports: Omit<Takes<typeof confirmMailAddress>, 'hashCode'>, { actor, proof, body: { code } }) => {
      await confirmMailAddress({ ...ports, hashCode: hashSecret }, { actor, proof }, code);
      return { body: undefined };
    },
  }),
  route({
    method: 'DELETE',
    path: '/mail/address',
    summary: 'Forget the address; nothing is sent any more',
    action: 'mail.manage-own',
    status: 204,
    handle: async (ports: Takes<typeof removeMailAddress>, { actor, proof }) => {
      await removeMailAddress(ports, { actor, proof });
      return { body: undefined };
    },
  }),
];
