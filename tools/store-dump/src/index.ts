export { type Finding, FindingLog, type Severity } from './finding.ts';
export { type DumpHost, ExitStatus, runDump } from './run.ts';
export { type Verified, type VerifyOptions, verifyStore } from './verify/verify-store.ts';
