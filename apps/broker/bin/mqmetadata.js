#!/usr/bin/env node
void import('../dist/export-metadata-main.js');
