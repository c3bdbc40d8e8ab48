// Bundles CodeMirror for the page: npm i --ignore-scripts --package-lock=false && node build.mjs
// Writes editor.js, its versions with the bundle's SHA-256, and the licences beside it.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const vendor = join(here, "../../src/nshot/serving/page/static/vendor");
const wanted = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

const { metafile, outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["entry.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
  outfile: "editor.js",
});

const bundled = new Set();
for (const file of Object.keys(metafile.inputs)) {
  const inside = file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (inside) bundled.add(inside[1]);
}

const packages = {};
const licences = [];
for (const name of [...bundled].sort()) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (version !== wanted.dependencies[name]) {
    throw new Error(`${name}: package.json pins ${wanted.dependencies[name]}, installed is ${version}`);
  }
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  packages[name] = { version, license };
  licences.push(`${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`);
}

const [{ contents }] = outputFiles;
const sha256 = createHash("sha256").update(contents).digest("hex");
const versions = { file: "editor.js", sha256, esbuild: wanted.devDependencies.esbuild, packages };
writeFileSync(join(vendor, "editor.js"), contents);
writeFileSync(join(vendor, "versions.json"), `${JSON.stringify(versions, null, 2)}\n`);
writeFileSync(join(vendor, "LICENSES.txt"), licences.join(`\n${"-".repeat(72)}\n\n`));
console.log(`${contents.length} bytes, SHA-256 ${sha256}`);
