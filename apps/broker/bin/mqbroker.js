#!/usr/bin/env node
// Threads for the disk: Node's four may all be taken by syncs and by reads of old messages while a write waits.
// The number counts until the disk is first used, which loading an ES module does: so this is none.
process.env.UV_THREADPOOL_SIZE ??= '16';
void import('../dist/main.js');
