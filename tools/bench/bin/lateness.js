#!/usr/bin/env node
import '../dist/lateness.js';
