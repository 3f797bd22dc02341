#!/usr/bin/env node
import '../dist/export-metadata-main.js';
