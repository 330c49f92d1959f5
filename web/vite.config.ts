import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const PAGES = ["listen", "clip", "embed", "studio", "stage", "home", "missing"];

// The two files that every page's first screen is set in; other ranges load when a text needs them.
const PRELOAD =
  /(fraunces-latin-opsz-normal|atkinson-hyperlegible-next-latin-wght-normal).*\.woff2$/;

/** Asks for the two main fonts beside the style sheet, not after it: no change of type face on view. */
function preloadFonts(): Plugin {
  return {
    name: "preload-fonts",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((file) => PRELOAD.test(file))
          .sort()
          .map((file) => ({
            tag: "link",
            attrs: {
              rel: "preload",
              as: "font",
              type: "font/woff2",
              crossorigin: true,
              href: `/${file}`,
            },
            injectTo: "head" as const,
          })),
    },
  };
}

// Characters of script before the first sound, lazily loaded parts left out: about 30 kB on the wire,
// half a second on a slow phone network.
const BUDGET = 90_000;

/** Fails the build when a page grows past its budget. */
function budget(): Plugin {
  return {
    name: "budget",
    generateBundle(_options, bundle) {
      const weigh = (file: string, seen: Set<string>): number => {
        const chunk = bundle[file];
        if (chunk?.type !== "chunk" || seen.has(file)) return 0;
        seen.add(file);
        return chunk.imports.reduce((sum, part) => sum + weigh(part, seen), chunk.code.length);
      };
      for (const [file, chunk] of Object.entries(bundle)) {
        const size = chunk.type === "chunk" && chunk.isEntry ? weigh(file, new Set()) : 0;
        if (size > BUDGET)
          this.error(`${file} and what it imports: ${size} of ${BUDGET} characters`);
      }
    },
  };
}

export default defineConfig({
  appType: "mpa",
  plugins: [preloadFonts(), budget()],
  build: {
    outDir: "../src/vivavoce/pages",
    emptyOutDir: true,
    // The pages' policy is `default-src 'self'`: nothing inline, not even a small image.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: Object.fromEntries(PAGES.map((page) => [page, `${page}.html`])),
    },
  },
  // `css: true`: the contrast test reads tokens.css as it is. No law here is about the time that a
  // machine takes, and a busy one takes many times as long: the limit is for what never ends.
  test: { include: ["src/**/*.test.ts"], css: true, testTimeout: 120_000 },
});
