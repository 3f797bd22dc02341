#!/usr/bin/env -S node --expose-gc
import '../dist/soak.js';
