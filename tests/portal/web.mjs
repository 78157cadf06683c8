// Reads tilesets with OpenLayers and checks styles with MapLibre's own validator: web.mjs API.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const api = process.argv[2];
const modules = process.env.NODE_MODULES;
const load = (name) => import(pathToFileURL(path.join(modules, name)));
const require = createRequire(path.join(modules, "x.js"));

function check(what, isRight, found) {
  console.log(what.padEnd(60) + (isRight ? "ok" : `FAILED: ${JSON.stringify(found)}`));
  if (!isRight) process.exit(1);
}

const { validateStyleMin } = require("@maplibre/maplibre-gl-style-spec");
const { styles } = await (await fetch(`${api}/styles`)).json();
for (const { id, links } of styles) {
  const style = await (await fetch(links[0].href)).json();
  const errors = validateStyleMin(style);
  check(`style ${id} is valid`, errors.length === 0, errors);
}

// OpenLayers asks as a browser does; this is as much of that as it needs.
globalThis.XMLHttpRequest = class {
  listeners = {};
  headers = {};
  addEventListener(name, listener) { this.listeners[name] = listener; }
  open(method, url) { this.url = url; }
  setRequestHeader(name, value) { this.headers[name] = value; }
  async send() {
    try {
      const answer = await fetch(this.url, { headers: this.headers });
      this.status = answer.status;
      this.responseText = await answer.text();
      this.listeners.load({ target: this });
    } catch (error) {
      this.listeners.error({ target: this, error });
    }
  }
};
const { getTileSetInfo } = await load("ol/source/ogcTileUtil.js");
const { default: MVT } = await load("ol/format/MVT.js");
const { addProjection, get } = await load("ol/proj.js");
const { default: Projection } = await load("ol/proj/Projection.js");
addProjection(new Projection({ code: "EPSG:28992", units: "m" }));
for (const [grid, code] of [["WebMercatorQuad", "EPSG:3857"], ["NetherlandsRDNewQuad", "EPSG:28992"]]) {
  const info = await getTileSetInfo({
    url: `${api}/collections/buurt-2025/tiles/${grid}`,
    mediaType: "application/vnd.mapbox-vector-tile",
    supportedMediaTypes: ["application/vnd.mapbox-vector-tile"],
    projection: get(code),
  });
  check(`OpenLayers reads the tileset ${grid}`, info.grid.getMaxZoom() === 14, info);
}
const tile = await (await fetch(`${api}/collections/buurt-2025/tiles/WebMercatorQuad/10/337/527`)).arrayBuffer();
const features = new MVT().readFeatures(tile);
check("OpenLayers decodes a tile", features.length > 100 && typeof features[0].get("expected") === "number", features.length);
