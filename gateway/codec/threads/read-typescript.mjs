/**
 * Lets Node read the TypeScript sources: tsx strips the types. It also has every function that is made while the program runs named once more by a
 * call of Object.defineProperty, which costs more than most of these functions do; V8 names them by itself, so that call is taken out of what it made.
 */
import { register as registerHooks } from 'node:module';

const NAMING = 'var __name=(target,value)=>__defProp(target,"name",{value,configurable:true});';
/** As long, since the map of places in the sources counts characters. */
const NOTHING = 'var __name=(target)=>target;'.padEnd(NAMING.length);

export async function readTypeScript() {
  const { register } = await import('tsx/esm/api');
  register();
  registerHooks(import.meta.url);
}

/** As a hook of Node's modules it runs in a thread of its own, and is asked before tsx. */
export async function load(url, context, next) {
  const loaded = await next(url, context);
  const { source } = loaded;
  if (source == null) return loaded;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  return text.includes(NAMING) ? { ...loaded, source: text.replace(NAMING, NOTHING) } : loaded;
}
