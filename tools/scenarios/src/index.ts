export { type FullDiskOptions, fillDisk } from './full-disk.ts';
export { type KillOptions, killUnderLoad } from './kills.ts';
export { BrokenPromise, Ledger } from './ledger.ts';
