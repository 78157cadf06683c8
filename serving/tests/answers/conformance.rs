//! Checks of the OGC conformance suite for Features (ets-ogcapi-features10), ported, over a real socket.
//! The names in the comments are those of the suites' abstract tests.

use std::sync::LazyLock;

use serde_json::Value;
use serving::made_up::Town;

use crate::Made;
use crate::program::Running;

static SERVER: LazyLock<(Made, Running)> = LazyLock::new(|| {
    let made = Made::new(Town::default());
    let running = Running::bundle(made.path().to_str().unwrap(), &["--public-url", "http://zichtlijn.test"]);
    (made, running)
});

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) encoding: String,
    crs: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Asks for an address, as it stands in a link or from the root of the API.
pub(crate) fn get(address: &str) -> Reply {
    get_packed(address, "identity")
}

/// The same, with what is sent as `Accept-Encoding`; the body is as it came.
pub(crate) fn get_packed(address: &str, encodings: &str) -> Reply {
    let path = address.strip_prefix("http://zichtlijn.test").unwrap_or(address);
    let path = if path.starts_with("/v1") { path.to_owned() } else { format!("/v1{path}") };
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.get(format!("http://{}{path}", SERVER.1.address()));
    let mut response = request.header("accept-encoding", encodings).call().unwrap();
    let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let (media_type, crs, encoding) =
        (header("content-type"), header("content-crs"), header("content-encoding"));
    let body = response.body_mut().read_to_vec().unwrap();
    Reply { status: response.status().as_u16(), media_type, encoding, crs, body }
}

pub(crate) fn links<'a>(document: &'a Value, rel: &str) -> Vec<&'a Value> {
    let links = document["links"].as_array().unwrap();
    for link in links {
        assert!(["rel", "type", "href"].iter().all(|member| link[*member].is_string()), "{link}");
        assert!(link["href"].as_str().unwrap().starts_with("http://zichtlijn.test/v"), "absolute: {link}");
    }
    links.iter().filter(|link| link["rel"] == rel).collect()
}

pub(crate) fn collections() -> Vec<Value> {
    get("/collections").json()["collections"].as_array().unwrap().clone()
}

pub(crate) fn items(collection: &Value) -> String {
    links(collection, "items")[0]["href"].as_str().unwrap().to_owned()
}

/// AT 3–8: landing page, API definition, conformance.
#[test]
fn the_start_and_what_it_leads_to() {
    let landing = get("").json();
    for rel in ["service-desc", "service-doc", "conformance", "data", "self", "alternate"] {
        assert_eq!(get(links(&landing, rel)[0]["href"].as_str().unwrap()).status, 200, "{rel}");
    }
    let definition = links(&landing, "service-desc")[0];
    assert_eq!(definition["type"], "application/vnd.oai.openapi+json;version=3.0");
    let definition = get(definition["href"].as_str().unwrap()).json();
    assert!(definition["openapi"].as_str().unwrap().starts_with("3.0."));
    let classes = get("/conformance").json()["conformsTo"].as_array().unwrap().clone();
    for class in ["core", "geojson", "html", "oas30"] {
        let class = format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}");
        assert!(classes.contains(&class.as_str().into()), "{class}");
    }
    assert!(classes.contains(&"http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs".into()));
}

/// AT 9–12: collections, each in the API definition.
#[test]
fn every_collection_is_described() {
    let definition = get("/openapi.json").json();
    let page = get("/collections").json();
    assert!(!links(&page, "self").is_empty() && !links(&page, "alternate").is_empty());
    assert_eq!(collections().len(), 3);
    for listed in collections() {
        let id = listed["id"].as_str().unwrap();
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{id}");
        assert!(definition["paths"][format!("/collections/{id}/items")].is_object(), "{id}");
        let own = get(&format!("/collections/{id}")).json();
        assert_eq!(own, listed, "the same at both places");
        let bbox = own["extent"]["spatial"]["bbox"][0].as_array().unwrap();
        assert!(bbox.len() == 4 && bbox.iter().all(Value::is_number));
        assert!(own["extent"]["temporal"]["interval"][0][0].is_string());
        for rel in [
            "items",
            "self",
            "alternate",
            "describedby",
            "http://www.opengis.net/def/rel/ogc/1.0/queryables",
            "http://www.opengis.net/def/rel/ogc/1.0/schema",
        ] {
            for link in links(&own, rel) {
                let answer = get(link["href"].as_str().unwrap());
                assert_eq!(answer.status, 200, "{rel}");
                let media_type = answer.media_type.split(';').next().unwrap();
                assert_eq!(link["type"], media_type, "{link}");
            }
        }
    }
    assert_eq!(get("/collections/nothing").status, 404);
}

/// AT 13 and 22–26: items, with the sum over all pages.
#[test]
fn pages_of_features_add_up() {
    for collection in collections() {
        let mut next = Some(format!("{}?limit=10", items(&collection)));
        let (mut returned, mut matched) = (0, Vec::new());
        while let Some(address) = next {
            let answer = get(&address);
            assert_eq!(answer.media_type, "application/geo+json");
            let page = answer.json();
            assert_eq!(page["type"], "FeatureCollection");
            assert!(!links(&page, "self").is_empty() && !links(&page, "alternate").is_empty());
            assert!(page["timeStamp"].as_str().unwrap().ends_with('Z'));
            let features = page["features"].as_array().unwrap();
            assert_eq!(page["numberReturned"], features.len());
            assert!(features.len() <= 10);
            returned += features.len();
            matched.push(page["numberMatched"].as_u64().unwrap());
            for feature in features {
                assert!(feature["id"].is_string() && feature["type"] == "Feature");
                let position = &feature["geometry"]["coordinates"][0][0];
                let (lon, lat) = (position[0].as_f64().unwrap(), position[1].as_f64().unwrap());
                assert!(lon.abs() <= 180.0 && lat.abs() <= 90.0);
            }
            next = links(&page, "next").first().map(|link| link["href"].as_str().unwrap().to_owned());
        }
        assert!(matched.iter().all(|&n| n as usize == returned), "{matched:?} {returned}");
        assert_eq!(collection["itemCount"], returned);
    }
}

/// AT 14–19: the parameters as they are defined.
#[test]
fn parameters_are_defined_as_the_standard_asks() {
    let definition = get("/openapi.json").json();
    let parameter = |name: &str| definition["components"]["parameters"][name].clone();
    for name in ["limit", "bbox", "datetime"] {
        let found = parameter(name);
        assert_eq!((found["in"].as_str(), found["required"].as_bool()), (Some("query"), Some(false)));
        assert_eq!((found["style"].as_str(), found["explode"].as_bool()), (Some("form"), Some(false)));
    }
    let limit = &parameter("limit")["schema"];
    assert!(
        limit["type"] == "integer"
            && limit["minimum"].is_u64()
            && limit["maximum"].is_u64()
            && limit["default"].is_u64()
    );
    let bbox = &parameter("bbox")["schema"];
    assert!(
        bbox["type"] == "array"
            && bbox["minItems"] == 4
            && bbox["maxItems"] == 6
            && bbox["items"]["type"] == "number"
    );
    assert_eq!(parameter("datetime")["schema"]["type"], "string");
    for name in ["crs", "bboxCrs"] {
        let schema = &parameter(name)["schema"];
        assert!(schema["type"] == "string" && schema["format"] == "uri");
        assert_eq!(schema["default"], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    }
    let address = items(&collections()[2]);
    for datetime in
        ["2025-03-01", "2025-03-01T12:00:00Z", "2025-01-01/2025-12-31", "../2025-12-31", "2025-01-01/.."]
    {
        assert_eq!(get(&format!("{address}?datetime={datetime}")).json()["numberMatched"], 53, "{datetime}");
    }
    assert_eq!(get(&format!("{address}?datetime=2020-01-01")).json()["numberMatched"], 0);
}

/// AT 20 and 21: what is wrong is refused with 400.
#[test]
fn wrong_and_unknown_parameters_are_refused() {
    for collection in collections() {
        let address = items(&collection);
        for query in [
            "limit=0",
            "limit=-1",
            "limit=x",
            "nonsense=1",
            "bbox=1,2,3",
            "bbox=1,2,3,x",
            "datetime=nu",
            "crs=http://example.org/crs",
            "bbox-crs=x",
            "f=nonsense",
        ] {
            let answer = get(&format!("{address}?{query}"));
            assert_eq!(
                (answer.status, answer.media_type.as_str()),
                (400, "application/problem+json"),
                "{query}"
            );
        }
        assert_eq!(
            get(&format!("{address}?limit=1000000")).status,
            200,
            "more than the maximum gives the maximum"
        );
        assert_eq!(get(&format!("{address}/nothing")).status, 404);
    }
}

/// AT 27–29: a single feature.
#[test]
fn a_feature_is_the_one_of_the_list() {
    for collection in collections() {
        let address = items(&collection);
        let listed = get(&format!("{address}?limit=1")).json()["features"][0].clone();
        let own = get(&format!("{address}/{}", listed["id"].as_str().unwrap())).json();
        for rel in ["self", "alternate", "collection"] {
            assert!(!links(&own, rel).is_empty(), "{rel}");
        }
        for member in ["id", "type", "properties", "geometry"] {
            assert_eq!(own[member], listed[member]);
        }
    }
}

/// Part 2, AT 1–7: every system that is offered is answered in, within a millimetre where it is metric.
#[test]
fn coordinates_come_in_every_system_that_is_offered() {
    for collection in collections() {
        let systems = collection["crs"].as_array().unwrap();
        assert_eq!(systems[0], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
        assert!(systems.contains(&collection["storageCrs"]));
        let address = items(&collection);
        assert_eq!(get(&format!("{address}?limit=1")).crs, "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
        for system in systems.iter().map(|system| system.as_str().unwrap()) {
            let page = get(&format!("{address}?limit=3&crs={system}"));
            assert_eq!(page.crs, format!("<{system}>"));
            for feature in page.json()["features"].as_array().unwrap() {
                let own = get(&format!("{address}/{}?crs={system}", feature["id"].as_str().unwrap()));
                assert_eq!(own.crs, format!("<{system}>"));
                let own = own.json();
                assert_eq!(own["geometry"], feature["geometry"]);
                let position = &own["geometry"]["coordinates"][0][0];
                let (x, y) = (position[0].as_f64().unwrap(), position[1].as_f64().unwrap());
                let fits = match system.rsplit('/').next().unwrap() {
                    "28992" => (100_000.0..200_000.0).contains(&x) && (400_000.0..500_000.0).contains(&y),
                    "4258" | "9067" => (52.0..53.0).contains(&x) && (5.0..6.0).contains(&y),
                    "3857" => (500_000.0..700_000.0).contains(&x) && (6_000_000.0..7_000_000.0).contains(&y),
                    _ => (5.0..6.0).contains(&x) && (52.0..53.0).contains(&y),
                };
                assert!(fits, "{system}: {x} {y}");
            }
        }
    }
}

/// Part 2, AT 8–10: the same features whichever system the box is in.
#[test]
fn a_box_selects_the_same_in_every_system() {
    let collection = &collections()[2];
    let address = items(collection);
    let ids = |query: &str| -> Vec<Value> {
        let page = get(&format!("{address}?limit=100&{query}")).json();
        page["features"].as_array().unwrap().iter().map(|feature| feature["id"].clone()).collect()
    };
    let wanted = ids("bbox=5.3,52.0995,5.32,52.1005");
    assert!(wanted.len() > 5 && wanted.len() < 53, "{}", wanted.len());
    assert_eq!(
        ids("bbox=5.3,52.0995,5.32,52.1005&bbox-crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
        wanted
    );
    assert_eq!(
        ids("bbox=52.0995,5.3,52.1005,5.32&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4258"),
        wanted
    );
    // The same box in metres, worked out by hand.
    assert_eq!(
        ids(
            "bbox=589993.30,6818136.36,592219.69,6818317.58&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857"
        ),
        wanted
    );
}
