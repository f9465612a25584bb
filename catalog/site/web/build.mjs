// What the pages take from npm packages, made ready to be served: one style sheet, and the files of the SQL console. Names carry a hash of
// the content, so that browsers may keep them for ever. `vendor.json` tells the site what there is. Called by install.py.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = process.argv[2];
const require = createRequire(import.meta.url);
const engine = dirname(require.resolve("@duckdb/duckdb-wasm"));
const packages = ["@digdir/designsystemet", "@digdir/designsystemet-css", "@duckdb/duckdb-wasm", "apache-arrow", "esbuild"];

function described(name) {
  const { version, license } = JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8"));
  return { name, version, licence: license };
}

// The file under a name with its hash, and beside it a compressed copy for servers that hand out ready-made ones.
function keep(key, extension, bytes) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const name = `${key}.${sha256.slice(0, 12)}.${extension}`;
  const packed = gzipSync(bytes, { level: 9 });
  writeFileSync(join(out, name), bytes);
  writeFileSync(join(out, `${name}.gz`), packed);
  return [key, { name, sha256, bytes: bytes.length, packed: { sha256: createHash("sha256").update(packed).digest("hex"), bytes: packed.length } }];
}

async function bundled(entry, options) {
  const result = await build({ bundle: true, minify: true, write: false, legalComments: "inline", logLevel: "warning", ...options, entryPoints: [entry] });
  return Buffer.from(result.outputFiles[0].contents);
}

mkdirSync(out, { recursive: true });
const theme = join("node_modules", "@digdir", "designsystemet", "dist", "bin", "designsystemet.js");
for (const step of ["create", "build"]) execFileSync(process.execPath, [theme, "tokens", step], { stdio: ["ignore", "ignore", "inherit"] });

const files = Object.fromEntries([
  keep("designsystemet", "css", await bundled("designsystemet.css", { target: ["chrome115", "firefox115", "safari16"] })),
  keep("duckdb-engine", "js", await bundled("engine.mjs", { format: "esm", target: "es2022" })),
  keep("duckdb-worker", "js", readFileSync(join(engine, "duckdb-browser-eh.worker.js"))),
  keep("duckdb", "wasm", readFileSync(join(engine, "duckdb-eh.wasm"))),
]);
writeFileSync(join(out, "vendor.json"), `${JSON.stringify({ packages: packages.map(described), files }, null, 1)}\n`);
