/**
 * Addresses in account files.
 *
 *   empty                         matches nothing
 *   *   *.*.*.*   *:*:*:*:*:*:*:* match everything
 *   a.b.c.d                       one address
 *   a.b.c.1,a.b.c.2               each of these
 *   a.b.c.{1,2}                   each of these
 *   a.b.c.1-20   a.b.*   a.b.*.*  a range, and everything below it
 *
 * IPv6 addresses take the same forms with colons; their ranges are hexadecimal.
 *
 * Source: RemoteAddressStrategyFactory.java.
 */
import ipaddr from 'ipaddr.js';
import { aclFileMalformed } from './auth-error.ts';

/** Whether a peer's numeric address is meant. */
export type AddressMatcher = (address: string) => boolean;

/** What one group of an address may be. */
type GroupMatcher = (value: number) => boolean;

interface Family {
  readonly separator: string;
  readonly groups: number;
  readonly radix: number;
  readonly max: number;
}

const IPV4: Family = { separator: '.', groups: 4, radix: 10, max: 255 };
const IPV6: Family = { separator: ':', groups: 8, radix: 16, max: 0xffff };
const EVERYTHING = new Set(['*', '*.*.*.*', '*:*:*:*:*:*:*:*']);

/** Peers that a matcher remembers its answer for. */
const MAX_REMEMBERED = 10_000;

/** A matcher that is asked about the same peers with every request. */
export function remembering(matches: AddressMatcher): AddressMatcher {
  const answers = new Map<string, boolean>();
  return (address) => {
    const known = answers.get(address);
    if (known !== undefined) return known;
    if (answers.size >= MAX_REMEMBERED) answers.clear();
    const answer = matches(address);
    answers.set(address, answer);
    return answer;
  };
}

/** @throws {RocketMqError} ACL_FILE_MALFORMED when the text is none of these forms */
export function parseAddressPattern(text: string | undefined): AddressMatcher {
  const pattern = text?.trim() ?? '';
  if (pattern === '') return () => false;
  if (EVERYTHING.has(pattern)) return () => true;
  if (pattern.includes(',') && !pattern.endsWith('}')) {
    const matchers = pattern.split(',').map((piece) => parseGroups(piece.trim()));
    return (address) => matchers.some((matches) => matches(address));
  }
  return parseGroups(pattern);
}

function parseGroups(pattern: string): AddressMatcher {
  const family = pattern.includes(':') ? IPV6 : IPV4;
  const texts = groupTexts(pattern, family);
  const matchers = texts.map((group, index) => parseGroup(group, pattern, family, index));
  const last = texts.at(-1) ?? '';
  const isOpen = last === '*';
  if (texts.length > family.groups || (texts.length < family.groups && !isOpen)) {
    throw malformed(pattern);
  }
  return (address) => {
    const groups = groupsOf(address, family);
    return groups !== undefined && matchers.every((matches, index) => matches(groups[index] ?? -1));
  };
}

/** Groups as they are written; those that `::` stands for are zeros. */
function groupTexts(pattern: string, family: Family): readonly string[] {
  const [head = '', tail, ...more] = pattern.split('::');
  if (more.length > 0) throw malformed(pattern);
  if (tail === undefined) return pattern.split(family.separator);
  const before = head === '' ? [] : head.split(family.separator);
  const after = tail === '' ? [] : tail.split(family.separator);
  const zeros = family.groups - before.length - after.length;
  if (zeros < 1) throw malformed(pattern);
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
}

function parseGroup(text: string, pattern: string, family: Family, index: number): GroupMatcher {
  if (text === '*') return () => true;
  const isRanged = index > 0;
  if (isRanged && text.startsWith('{') && text.endsWith('}')) {
    const values = new Set(
      text
        .slice(1, -1)
        .split(',')
        .map((piece) => parseValue(piece, pattern, family)),
    );
    return (value) => values.has(value);
  }
  const [first = '', last, ...more] = text.split('-');
  const low = parseValue(first, pattern, family);
  if (last === undefined) return (value) => value === low;
  const high = parseValue(last, pattern, family);
  if (more.length > 0 || !isRanged || low > high) throw malformed(pattern);
  return (value) => value >= low && value <= high;
}

function parseValue(text: string, pattern: string, { radix, max }: Family): number {
  const digits = radix === 10 ? /^\s*\d{1,3}\s*$/ : /^\s*[0-9a-fA-F]{1,4}\s*$/;
  const value = digits.test(text) ? Number.parseInt(text, radix) : Number.NaN;
  if (!(value <= max)) throw malformed(pattern);
  return value;
}

function groupsOf(address: string, family: Family): readonly number[] | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return family === IPV4 ? parsed.octets : undefined;
  return family === IPV6 ? parsed.parts : undefined;
}

function malformed(pattern: string): Error {
  return aclFileMalformed(
    `${JSON.stringify(pattern.slice(0, 64))} is no address, list, range or wildcard`,
  );
}
