// Draws the map in a page, as docs/portal.md says, in Chromium without a screen: page.mjs API COLLECTION [PICTURE.png].
// `serve` must allow the origin of the page: --allow-origin http://127.0.0.1:18490.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const [api, collection, picture] = process.argv.slice(2);
const files = path.join(process.env.NODE_MODULES, "maplibre-gl/dist");
const here = path.dirname(new URL(import.meta.url).pathname);
const port = 18490;
const types = { ".html": "text/html", ".mjs": "text/javascript", ".css": "text/css" };

function check(what, isRight, found) {
  console.log(what.padEnd(60) + (isRight ? "ok" : `FAILED: ${JSON.stringify(found)}`));
  if (!isRight) process.exitCode = 1;
}

const profile = mkdtempSync(path.join(tmpdir(), "zichtlijn-page-"));
const told = await new Promise((resolve) => {
  const server = createServer((request, response) => {
    const name = path.basename(new URL(request.url, "http://x").pathname);
    if (request.method === "POST") {
      let body = "";
      request.on("data", (part) => { body += part; });
      request.on("end", () => { response.end(); server.close(); resolve(JSON.parse(body)); });
      return;
    }
    try {
      const body = readFileSync(name === "page.html" ? path.join(here, name) : path.join(files, name));
      response.setHeader("content-type", types[path.extname(name)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(port, "127.0.0.1", () => {
    const address = `http://127.0.0.1:${port}/page.html?${new URLSearchParams({ api, collection })}`;
    // Drawing by software: servers have no graphics card.
    const flags = ["--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage",
      "--no-first-run", `--user-data-dir=${profile}`, "--window-size=900,700"];
    const browser = spawn("chromium", [...flags, address], { stdio: "ignore" });
    server.on("close", () => browser.kill());
    setTimeout(() => { server.close(); resolve({ error: "no answer within four minutes" }); }, 240_000).unref();
  });
});
check("the page draws without an error", !told.error, told.error);
if (!told.error) {
  check("areas are drawn", told.drawn > 10, told.drawn);
  check("the id of a feature is its code", told.id === told.code, told);
  check("a figure of one's own is joined by code", told.state?.own === 7, told.state);
  check("a page of features is read by fetch", told.features === 10 && !Number.isNaN(Date.parse(told.timeStamp)), told);
  if (picture) writeFileSync(picture, Buffer.from(told.picture.split(",")[1], "base64"));
}
setTimeout(() => { rmSync(profile, { recursive: true, force: true }); process.exit(); }, 1000);
