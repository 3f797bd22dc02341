#!/usr/bin/env node
import { main } from '../dist/sdk/main.js';

// A client that was closed must leave nothing behind that keeps the process alive: no exit() here.
process.exitCode = await main(process.argv.slice(2));
