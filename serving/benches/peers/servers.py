"""How each server is started, and what it is asked for the same thing."""
import json
import subprocess

from processes import Program

COLLECTION = "buurt-2025"


def ours(place, log, port):
    """`serve` on the bundle: without any log, or with the log for accountability and the lines of requests."""
    folder = place.work / f"serve-{'log' if log else 'bare'}"
    folder.mkdir(exist_ok=True)
    command = [place.serve, "--bundle", place.bundle, "--bind", f"127.0.0.1:{port}"]
    if log:
        key = folder / "key.pem"
        if not key.exists():
            subprocess.run([place.serve, "audit", "key", key], check=True, stdout=subprocess.DEVNULL)
        config = folder / "serve.toml"
        config.write_text(
            f'[ledger]\nfolder = "{folder}/ledger"\nkey = "{key}"\norigin = "zichtlijn.test/log"\n'
            'processing_activity = "https://register.example.nl/1"\n'
        )
        command += ["--config", config]
    else:
        command += ["--log", "off"]
    name = "serve, log on" if log else "serve"
    # As in serving/deploy.
    environment = {"MALLOC_ARENA_MAX": "2"}
    return Program(name, command, f"http://127.0.0.1:{port}/health/ready", environment, folder / "output")


def martin(place, source, port):
    """martin from the file of tiles, with its cache or without; or from PostGIS without."""
    command = [place.cache / "martin-1.14.0/bin/martin", "--listen-addresses", f"127.0.0.1:{port}", "--workers", "2"]
    beside = []
    if source == "postgis":
        config = place.work / "martin.yaml"
        config.write_text(
            f"cache_size_mb: 0\npostgres:\n  connection_string: {place.database.address()}\n  auto_publish: false\n"
            "  tables:\n    tegels:\n      schema: public\n      table: tegels\n      srid: 3857\n"
            "      geometry_column: geom\n      geometry_type: GEOMETRY\n      id_column: null\n      properties:\n"
            + "".join(f"        {name}: {kind}\n" for name, kind in place.columns.items())
        )
        command += ["--config", config]
        beside = [place.database.pid]
    else:
        command += [place.work / "tegels.mbtiles"]
        command += ["--cache-size", "0"] if source == "cold" else []
    names = {"postgis": "martin, PostGIS, no cache", "cold": "martin, MBTiles, no cache", "cached": "martin, MBTiles"}
    return Program(names[source], command, f"http://127.0.0.1:{port}/health", environment={"RUST_LOG": "error"},
                   log=place.work / f"martin-{source}.log", beside=beside)


def pygeoapi(place, port):
    config, description = place.work / "pygeoapi.yml", place.work / "pygeoapi-openapi.yml"
    words = {"en": "Buurten"}
    document = {
        "server": {"bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}", "mimetype": "application/json; charset=UTF-8",
                   "encoding": "utf-8", "languages": ["en-US"], "limits": {"default_items": 10, "max_items": 10000},
                   "map": {"url": "https://tile.example/{z}/{x}/{y}.png", "attribution": "none"}},
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {"title": words, "description": words, "keywords": {"en": ["buurten"]},
                               "keywords_type": "theme", "terms_of_service": "x", "url": "https://example.nl"},
            "license": {"name": "x", "url": "https://example.nl"}, "provider": {"name": "x", "url": "https://example.nl"},
            "contact": {"name": "x", "email": "x@example.nl"},
        },
        "resources": {"buurten": {
            "type": "collection", "title": words, "description": words, "keywords": {"en": ["buurten"]},
            "links": [], "extents": {"spatial": {"bbox": [3, 50, 8, 54], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
            "providers": [{"type": "feature", "name": "PostgreSQL", "data": {
                "host": "127.0.0.1", "port": place.database.port, "dbname": "postgres", "user": "zichtlijn", "password": "x",
                "search_path": ["public"]}, "id_field": "code", "table": "buurten", "geom_field": "geom"}],
        }},
    }
    # JSON is YAML.
    config.write_text(json.dumps(document))
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(description)}
    programs = place.cache / "pygeoapi-0.21.0/bin"
    done = subprocess.run([programs / "pygeoapi", "openapi", "generate", config, "--output-file", description],
                          env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"pygeoapi: {done.stderr or done.stdout}")
    command = [programs / "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "pygeoapi.flask_app:APP"]
    return Program("pygeoapi", command, f"http://127.0.0.1:{port}/conformance", environment, place.work / "pygeoapi.log",
                   [place.database.pid])


def tipg(place, port):
    command = [place.cache / "tipg-1.6.1/bin/uvicorn", "tipg.main:app", "--workers", "2", "--port", str(port),
               "--no-access-log", "--log-level", "error"]
    environment = {"DATABASE_URL": place.database.address(), "TIPG_DB_SCHEMAS": '["public"]'}
    return Program("tipg", command, f"http://127.0.0.1:{port}/collections", environment, place.work / "tipg.log",
                   [place.database.pid])


def mlserver(place, port, columns):
    """A Poisson regression of scikit-learn with as many columns as our model."""
    folder = place.work / "mlserver"
    folder.mkdir(exist_ok=True)
    python = place.cache / "mlserver-1.7.1/bin/python"
    fit = (
        "import sys, numpy, joblib; from sklearn.linear_model import PoissonRegressor; r = numpy.random.default_rng(1); "
        "x = r.normal(size=(5000, int(sys.argv[1]))); "
        "joblib.dump(PoissonRegressor().fit(x, r.poisson(numpy.exp(x[:, 0] * 0.1))), sys.argv[2])"
    )
    subprocess.run([python, "-c", fit, str(columns), folder / "model.joblib"], check=True)
    (folder / "settings.json").write_text(json.dumps(
        {"host": "127.0.0.1", "http_port": port, "grpc_port": port + 1, "metrics_port": port + 2, "parallel_workers": 0, "debug": False}
    ))
    (folder / "model-settings.json").write_text(json.dumps(
        {"name": "model", "implementation": "mlserver_sklearn.SKLearnModel", "parameters": {"uri": "./model.joblib"}}
    ))
    command = [place.cache / "mlserver-1.7.1/bin/mlserver", "start", folder]
    return Program("MLServer", command, f"http://127.0.0.1:{port}/v2/models/model/ready", log=place.work / "mlserver.log",
                   cwd=folder)
