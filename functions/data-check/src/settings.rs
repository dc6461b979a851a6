//! What the environment may change: where endpoints really are, and which certificates count.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, io};

/// The certificates that Amazon signs its database servers with; `README.md` says where they are from.
const RDS_CA_BUNDLE: &[u8] = include_bytes!("../rds-ca-bundle.pem");

/// A variable that cannot be used; the function does not start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The map of endpoints
    #[error("LIFEBOAT_DB_ENDPOINTS must be a JSON object from a host to host:port: {0}")]
    Endpoints(String),
    /// The bundle
    #[error("LIFEBOAT_CA_BUNDLE names {path}, which cannot be read")]
    Bundle {
        /// Its path
        path: String,
        /// Why
        source: io::Error,
    },
}

/// The settings of one process.
pub struct Settings {
    /// Certificates, PEM
    pub ca_bundle: Vec<u8>,
    /// Where endpoints really are
    pub endpoints: Endpoints,
}

impl Settings {
    /// Reads `LIFEBOAT_DB_ENDPOINTS` and `LIFEBOAT_CA_BUNDLE`; without them endpoints are where they say they are, and
    /// the shipped bundle counts.
    pub fn from_environment() -> Result<Self, SettingsError> {
        let set = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let ca_bundle = match set("LIFEBOAT_CA_BUNDLE") {
            None => RDS_CA_BUNDLE.to_vec(),
            Some(path) => fs::read(Path::new(&path)).map_err(|source| SettingsError::Bundle { path, source })?,
        };
        let endpoints = set("LIFEBOAT_DB_ENDPOINTS").map(|text| Endpoints::read(&text)).transpose()?;
        Ok(Self { ca_bundle, endpoints: endpoints.unwrap_or_default() })
    }
}

/// Where endpoints really are. Empty but in local use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    moved: BTreeMap<String, (String, u16)>,
}

impl Endpoints {
    /// Reads the JSON map from a host to `host:port`
    pub fn read(text: &str) -> Result<Self, SettingsError> {
        let map: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|error| SettingsError::Endpoints(error.to_string()))?;
        let moved = map.into_iter().map(|(from, to)| {
            let place = to.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
            let place = place.filter(|(host, _): &(String, u16)| !host.is_empty());
            place.map(|place| (from, place)).ok_or_else(|| SettingsError::Endpoints(format!("{to:?} is no host:port")))
        });
        Ok(Self { moved: moved.collect::<Result<_, _>>()? })
    }

    /// Where to connect for an endpoint
    pub fn of(&self, host: &str, port: u16) -> (String, u16) {
        self.moved.get(host).cloned().unwrap_or_else(|| (host.to_owned(), port))
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::pem::Pem;
    use x509_parser::time::ASN1Time;

    use super::*;

    #[test]
    fn an_endpoint_is_where_it_says_unless_the_map_moves_it() {
        let endpoints = Endpoints::read(r#"{"copy.rds.amazonaws.com": "localhost:15432"}"#).unwrap();
        assert_eq!(endpoints.of("copy.rds.amazonaws.com", 5432), ("localhost".to_owned(), 15432));
        assert_eq!(endpoints.of("other.rds.amazonaws.com", 5432), ("other.rds.amazonaws.com".to_owned(), 5432));
        assert_eq!(Endpoints::default().of("a", 1), ("a".to_owned(), 1));
    }

    #[test]
    fn a_map_that_is_none_is_named() {
        for text in ["[]", "{\"a\": 1}", "{\"a\": \"b\"}", "{\"a\": \":5\"}", "{\"a\": \"b:70000\"}"] {
            let error = Endpoints::read(text).unwrap_err().to_string();
            assert!(error.starts_with("LIFEBOAT_DB_ENDPOINTS"), "{error}");
        }
    }

    /// Goes red a year before a certificate of the bundle ends, which is when there is still time to ship a new one.
    #[test]
    fn every_certificate_of_the_bundle_is_a_root_that_is_good_for_another_year() {
        let in_a_year = ASN1Time::now().timestamp() + 365 * 24 * 3600;
        let mut certificates = 0;
        for pem in Pem::iter_from_buffer(RDS_CA_BUNDLE) {
            let pem = pem.unwrap();
            let certificate = pem.parse_x509().unwrap();
            let subject = certificate.subject().to_string();
            assert!(certificate.is_ca() && subject.contains("Amazon RDS"), "{subject}");
            assert!(certificate.validity().not_after.timestamp() > in_a_year, "{subject} ends {}", certificate.validity().not_after);
            certificates += 1;
        }
        assert_eq!(certificates, 87);
    }
}
