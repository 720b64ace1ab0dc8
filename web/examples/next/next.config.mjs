/** Packages of this repository are taken as they are built; nothing is fetched from elsewhere. */
import { fileURLToPath } from 'node:url';

/** @type {import('next').NextConfig} */
export default {
  // The workspace's lock file lies above.
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) },
  poweredByHeader: false,
};
