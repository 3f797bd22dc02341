const FIRST_OF_4 = 213;
const FIRST_OF_5 = 413;
const MINORS = 20;

/**
 * Name of a version number: releases from V4_0_0 on; a number between two releases is a snapshot.
 *
 * Source: MQVersion.java: 213 + 20·minor + 2·patch for 4.x, 413 + … for 5.x.
 */
export function versionText(version: number): string {
  if (version < FIRST_OF_4) return `V3_${version}`;
  const major = version < FIRST_OF_5 ? 4 : 5;
  const rest = version - (major === 4 ? FIRST_OF_4 : FIRST_OF_5);
  const isSnapshot = rest % 2 === 1;
  const even = isSnapshot ? rest + 1 : rest;
  const name = `V${major}_${Math.floor(even / MINORS)}_${(even % MINORS) / 2}`;
  return isSnapshot ? `${name}_SNAPSHOT` : name;
}
