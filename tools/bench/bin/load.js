#!/usr/bin/env node
import '../dist/load.js';
