// Bundles the page into the folder that is named, with what Grafana's components load by address: icons and fonts.
import { build } from 'esbuild';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const out = process.argv[2] ?? 'dist';
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Packages that Grafana's components name and boards never use; package.json keeps them from being installed. */
const absent = ['@adobe/react-spectrum', '@grafana/faro-web-sdk', '@monaco-editor/react', '@typescript-eslint/utils', 'monaco-editor', 'ol'];
const leaveOut = {
  name: 'leave-out',
  setup(b) {
    b.onResolve({ filter: new RegExp(`^(${absent.join('|')})(/|$)`) }, (args) => ({ path: args.path, namespace: 'absent' }));
    b.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {}', loader: 'js' }));
  },
};

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: { main: here('src/main.tsx') }, outdir: out, bundle: true, minify: true, format: 'esm', target: 'es2022', jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.I18N_NAMESPACE': '""', global: 'window' }, absWorkingDir: here('.'),
  loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'file', '.ttf': 'file' }, logLevel: 'warning', legalComments: 'none', plugins: [leaveOut],
});
// The fonts that Grafana's styles ask for, by the names under which they do.
const fonts = `${out}/public/fonts`;
mkdirSync(fonts, { recursive: true });
cpSync(here('node_modules/@grafana/ui/dist/public'), `${out}/public/build`, { recursive: true });
// An icon of the time picker is missing from the package.
const icons = `${out}/public/build/img/icons/unicons`;
cpSync(`${icons}/angle-left.svg`, `${icons}/angle-double-left.svg`);
for (const style of ['Regular', 'Medium', 'Italic', 'MediumItalic']) {
  cpSync(here(`node_modules/inter-ui/web/Inter-${style}.woff2`), `${fonts}/inter/Inter-${style}.woff2`);
}
cpSync(here('node_modules/@fontsource-variable/roboto-mono/files/roboto-mono-latin-wght-normal.woff2'), `${fonts}/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2`);
cpSync(here('src/index.html'), `${out}/index.html`);
