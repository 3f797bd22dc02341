/**
 * What an account may do with a topic or a group, as bits. DENY beats whatever stands beside it; ANY is
 * needed by requests that either right is enough for.
 *
 * Source: Permission.java.
 */
export const AclPermission = { deny: 1, any: 2, pub: 4, sub: 8 } as const;

const TEXTS: ReadonlyMap<string, number> = new Map([
  ['PUB', AclPermission.pub],
  ['SUB', AclPermission.sub],
  ['PUB|SUB', AclPermission.pub | AclPermission.sub],
  ['SUB|PUB', AclPermission.pub | AclPermission.sub],
]);

/** Bits of a text; anything that is no permission denies. */
export function parsePermission(text: string | undefined): number {
  return (text === undefined ? undefined : TEXTS.get(text.trim())) ?? AclPermission.deny;
}

export function isPermitted(needed: number, owned: number): boolean {
  if ((owned & AclPermission.deny) !== 0) return false;
  if ((needed & AclPermission.any) !== 0) {
    return (owned & (AclPermission.pub | AclPermission.sub)) !== 0;
  }
  return (needed & owned) !== 0;
}
