#!/usr/bin/env node
import { runShutdown } from '../dist/index.js';

process.exitCode = await runShutdown(process.argv.slice(2));
