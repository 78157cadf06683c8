"""Reads the API with QGIS, without a screen: desktop.py API."""
import sys

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer, Qgis

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
# QGIS must go after what it made.
del layer
app.exitQgis()
