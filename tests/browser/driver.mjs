// How the browser is started, for tests and for scripts that measure.

import { chromium } from 'playwright-core';

/** How long a step may take, in milliseconds: servers under test are unoptimised builds. */
export const PATIENCE = 60_000;

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];

/** Starts the browser that AISLE_TEST_CHROMIUM names. */
export function launch() {
  return chromium.launch({ executablePath: process.env.AISLE_TEST_CHROMIUM, args: FLAGS });
}
