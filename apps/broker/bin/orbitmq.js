#!/usr/bin/env node
import '../dist/embedded-main.js';
