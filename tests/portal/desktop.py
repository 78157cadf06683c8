"""Reads the API with QGIS, without a screen: desktop.py API [PICTURE.png]. With a picture, draws the joined map."""
import sys
import tempfile
import urllib.request
from pathlib import Path

from qgis.core import (
    Qgis, QgsApplication, QgsCategorizedSymbolRenderer, QgsFeatureRequest, QgsFillSymbol, QgsMapRendererParallelJob,
    QgsMapSettings, QgsProject, QgsRectangle, QgsRendererCategory, QgsVectorLayer, QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QSize

app = QgsApplication([], False)
app.initQgis()
api = sys.argv[1]


def check(what, is_right, found):
    print(f"{what:<60}{'ok' if is_right else f'FAILED: {found}'}")
    if not is_right:
        sys.exit(1)


print("QGIS", Qgis.QGIS_VERSION)
source = f"url='{api}' typename='buurt-2025' version='OGC_API_FEATURES' pagingEnabled='true'"
layer = QgsVectorLayer(source, "buurten", "OAPIF")
check("the layer is valid", layer.isValid(), layer.error().message())
check("all areas are counted", layer.featureCount() == 120, layer.featureCount())
types = {field.name(): field.typeName() for field in layer.fields()}
right = {"expected": "Real", "rate_per_1000": "Real", "rank": "Integer", "class": "String", "as_of": "Date"}
check("columns have their types", all(types[name] == kind for name, kind in right.items()), types)
check("every page is read", len(list(layer.getFeatures())) == 120, "another number")
box = QgsFeatureRequest().setFilterRect(QgsRectangle(5.2999, 52.0999, 5.3041, 52.1001))
found = len(list(layer.getFeatures(box)))
check("a box selects", found == 3, found)
layer.setSubsetString("rank <= 7")
ranks = sorted(feature["rank"] for feature in layer.getFeatures())
check("a condition selects", ranks and ranks[-1] <= 7, ranks)


def draw(layer, path):
    """Draws a layer by class, as a person would see it."""
    colours = {"low": "#fff7bc", "middle": "#fec44f", "raised": "#ec7014", "high": "#8c2d04"}
    styles = {name: QgsFillSymbol.createSimple({"color": colour, "outline_style": "no"}) for name, colour in colours.items()}
    categories = [QgsRendererCategory(name, symbol, name) for name, symbol in styles.items()]
    layer.setRenderer(QgsCategorizedSymbolRenderer("cijfers_class", categories))
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(800, 900))
    settings.setExtent(layer.extent())
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)


layer.setSubsetString("")
# As docs/portal.md says: one's own borders, here those of the GeoPackage, and the figures from the table.
folder = Path(tempfile.mkdtemp())
for name, address in (("borders.gpkg", "geopackage"), ("figures.csv", "table")):
    urllib.request.urlretrieve(f"{api}/collections/buurt-2025/{address}", folder / name)
borders = QgsVectorLayer(f"{folder}/borders.gpkg|layername=buurt_2025", "grenzen", "ogr")
check("the GeoPackage is a layer in RD", borders.isValid() and borders.crs().authid() == "EPSG:28992", borders.crs().authid())
check("the GeoPackage holds every area", borders.featureCount() == layer.featureCount(), borders.featureCount())
figures = QgsVectorLayer(f"file://{folder}/figures.csv?delimiter=,&detectTypes=yes&geomType=none", "cijfers", "delimitedtext")
QgsProject.instance().addMapLayers([borders, figures], False)
join = QgsVectorLayerJoinInfo()
join.setJoinLayer(figures)
join.setJoinFieldName("code")
join.setTargetFieldName("code")
join.setPrefix("cijfers_")
join.setUsingMemoryCache(True)
borders.addJoin(join)
joined = borders.fields().field("cijfers_rate_per_1000")
check("a joined figure is a number", joined.typeName().lower() in ("real", "double"), joined.typeName())
own = {feature["code"]: feature["rate_per_1000"] for feature in layer.getFeatures()}
by_join = {feature["code"]: feature["cijfers_rate_per_1000"] for feature in borders.getFeatures()}
check("every joined figure is that of the map layer", by_join == own and len(own) > 100, len(by_join))
if len(sys.argv) > 2:
    draw(borders, sys.argv[2])
# QGIS must go after what it made.
QgsProject.instance().clear()
del layer, borders, figures
app.exitQgis()
