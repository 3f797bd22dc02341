import { resolve } from 'node:path';

/** Where this package lies, from `dist` and from `src` alike: the judges' sources are beside them. */
export const PACKAGE_ROOT = resolve(import.meta.dirname, '..');
