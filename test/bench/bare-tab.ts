/**
 * One tab of a browser that nobody watches. The driver of the other browser tests listens to each page's network, and a page that is listened to
 * keeps its answers, up to some hundred megabytes of them, for whoever may ask; a reader's browser keeps none. Here only what is said is asked.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { CHROMIUM, CHROMIUM_ARGUMENTS } from '../fixtures/browser.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';

export interface BareTab {
  /** Of the DevTools protocol. */
  ask<Result>(method: string, params?: object): Promise<Result>;
  /** The value of an expression in the page, awaited. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Runs before the page's own scripts, on each page. */
  beforeEachPage(script: string): Promise<void>;
  setCookie(url: string, cookie: string): Promise<void>;
  goto(url: string): Promise<void>;
  /** Once it holds in a frame of the screen. */
  until(condition: string): Promise<void>;
  press(key: 'ArrowDown' | 'ArrowUp' | 'Home' | 'End'): Promise<void>;
  processes(): Promise<readonly { readonly type: string; readonly id: number }[]>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly result?: object;
  readonly error?: { readonly message: string };
}

const KEY_CODES = { ArrowDown: 40, ArrowUp: 38, Home: 36, End: 35 } as const;

export async function openBareTab(graphics: readonly string[], { width, height }: { width: number; height: number }): Promise<BareTab> {
  const profile = temporaryFolder('bare-tab');
  const own = ['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`, `--window-size=${width},${height}`];
  const browser = spawn(CHROMIUM, [...own, ...CHROMIUM_ARGUMENTS, ...graphics, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const send = conversation(browser.stdio[3] as Writable, browser.stdio[4] as Readable);
  const { targetInfos } = await send<{ targetInfos: { type: string; targetId: string }[] }>('Target.getTargets');
  const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId;
  const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const ask = <Result>(method: string, params: object = {}) => send<Result>(method, params, sessionId);
  const evaluate = async <Value>(expression: string): Promise<Value> => {
    const { result, exceptionDetails } = await ask<{ result: { value: Value }; exceptionDetails?: object }>('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  return {
    ask,
    evaluate,
    beforeEachPage: async (source) => {
      await ask('Page.enable');
      await ask('Page.addScriptToEvaluateOnNewDocument', { source });
    },
    setCookie: async (url, cookie) => {
      const at = cookie.indexOf('=');
      await ask('Network.setCookie', { url, name: cookie.slice(0, at), value: cookie.slice(at + 1) });
    },
    goto: async (url) => {
      await ask('Page.navigate', { url });
    },
    until: async (condition) => {
      await evaluate(
        `new Promise((resolve) => { const look = () => (${condition}) ? resolve(true) : requestAnimationFrame(look); look(); })`,
      );
    },
    press: async (key) => {
      const event = { key, code: key, windowsVirtualKeyCode: KEY_CODES[key] };
      await ask('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...event });
      await ask('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    },
    processes: async () => (await send<{ processInfo: { type: string; id: number }[] }>('SystemInfo.getProcessInfo')).processInfo,
    close: async () => {
      const exited = browser.exitCode === null ? once(browser, 'exit') : undefined;
      await send('Browser.close').catch(() => undefined);
      await exited;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Messages over the browser's pipe, each ended by a zero byte. */
function conversation(to: Writable, from: Readable) {
  const waiting = new Map<number, { resolve(result: object): void; reject(thrown: Error): void }>();
  let last = 0;
  let begun = '';
  const heard = (text: string) => {
    const { id, result, error } = JSON.parse(text) as Message;
    const one = waiting.get(id ?? 0);
    waiting.delete(id ?? 0);
    if (error !== undefined) one?.reject(new Error(error.message));
    else one?.resolve(result ?? {});
  };
  from.setEncoding('utf8');
  from.on('data', (piece: string) => {
    const texts = `${begun}${piece}`.split('\0');
    begun = texts.pop() ?? '';
    for (const text of texts) heard(text);
  });
  from.on('close', () => {
    for (const one of waiting.values()) one.reject(new Error('the browser has ended'));
  });
  return <Result = object>(method: string, params: object = {}, sessionId?: string): Promise<Result> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve: (result) => resolve(result as Result), reject });
      to.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
}
