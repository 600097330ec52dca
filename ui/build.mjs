// Bundles every style sheet of styles/ and every island of islands/ into dist/, with the hash of its content in its
// name, so that browsers may keep it for ever. manifest.json, written last, maps "shop.css" to "shop-4F2A….css":
// a build that is broken off leaves the former front end in place. Files that start with "_" are only imported.

import { build } from "esbuild";
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const sources = async (folder, pattern) =>
  (await readdir(join(here, folder)).catch(() => []))
    .filter((name) => pattern.test(name) && !name.startsWith("_"))
    .map((name) => join(here, folder, name));

const formerManifest = async () => {
  const text = await readFile(join(dist, "manifest.json"), "utf8").catch(() => "{}");
  return JSON.parse(text);
};

const entryPoints = [
  ...(await sources("styles", /\.css$/)),
  ...(await sources("islands", /\.tsx?$/)),
];

// The fonts of documents, each in two weights; they are embedded in PDF files and never sent to a browser.
const fonts = [
  "inter/400Regular/Inter_400Regular.ttf",
  "inter/700Bold/Inter_700Bold.ttf",
  "biz-udpgothic/400Regular/BIZUDPGothic_400Regular.ttf",
  "biz-udpgothic/700Bold/BIZUDPGothic_700Bold.ttf",
];

await mkdir(join(dist, "fonts"), { recursive: true });
for (const font of fonts) {
  await copyFile(join(here, "node_modules/@expo-google-fonts", font), join(dist, "fonts", basename(font)));
}
const former = await formerManifest();
const manifest = {};

if (entryPoints.length > 0) {
  const result = await build({
    entryPoints,
    outdir: dist,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file" },
    metafile: true,
    logLevel: "warning",
    absWorkingDir: here,
  });
  for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (entryPoint) {
      manifest[basename(entryPoint).replace(/\.tsx?$/, ".js")] = basename(output);
    }
  }
  const kept = new Set([
    ...Object.keys(result.metafile.outputs).map((output) => basename(output)),
    ...Object.values(former).flatMap((name) => [name, `${name}.map`]), // pages that are open still ask for them
    "manifest.json",
    "fonts",
  ]);
  for (const name of await readdir(dist)) {
    if (!kept.has(name)) await rm(join(dist, name), { recursive: true });
  }
}

await writeFile(join(dist, "manifest.json.new"), JSON.stringify(manifest, null, 2) + "\n");
await rename(join(dist, "manifest.json.new"), join(dist, "manifest.json"));
console.log(`built ${Object.keys(manifest).length} files`);
