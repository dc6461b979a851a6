//! The roots that a server's certificate must come from.

use std::{env, fs};

use lifeboat::run::RunError;

/// The roots that Amazon signs its database servers' certificates with; `README.md` says where they are from.
const RDS_CA_BUNDLE: &[u8] = include_bytes!("../rds-ca-bundle.pem");

/// The path of a PEM file that replaces the shipped roots
const CA_BUNDLE: &str = "LIFEBOAT_CA_BUNDLE";

/// The file that `LIFEBOAT_CA_BUNDLE` names, or the shipped bundle
pub fn ca_bundle() -> Result<Vec<u8>, RunError> {
    match env::var(CA_BUNDLE).ok().filter(|path| !path.trim().is_empty()) {
        None => Ok(RDS_CA_BUNDLE.to_vec()),
        Some(path) => read(&path),
    }
}

fn read(path: &str) -> Result<Vec<u8>, RunError> {
    let wrong = |why: String| RunError { kind: "Configuration", message: format!("{CA_BUNDLE} is {path:?}: {why}") };
    let pem = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    // Without this an empty file would mean "the operating system's roots", which is another question.
    if !pem.windows(CERTIFICATE.len()).any(|window| window == CERTIFICATE) {
        return Err(wrong("there is no PEM certificate in it".to_owned()));
    }
    Ok(pem)
}

const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

#[cfg(test)]
mod tests {
    use x509_parser::pem::Pem;
    use x509_parser::time::ASN1Time;

    use super::*;

    #[test]
    fn a_bundle_without_certificates_is_refused_by_name() {
        for path in ["/nowhere/at-all.pem", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            let error = read(path).unwrap_err();
            assert!(error.message.starts_with("LIFEBOAT_CA_BUNDLE is"), "{}", error.message);
        }
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/rds-ca-bundle.pem");
        assert_eq!(read(shipped).unwrap(), RDS_CA_BUNDLE);
    }

    /// Goes red a year before a certificate of the bundle ends, which is when there is still time to ship a new one.
    #[test]
    fn every_certificate_of_the_bundle_is_a_root_that_is_good_for_another_year() {
        let in_a_year = ASN1Time::now().timestamp() + 365 * 24 * 3600;
        let (mut certificates, mut first) = (0, i64::MAX);
        for pem in Pem::iter_from_buffer(RDS_CA_BUNDLE) {
            let pem = pem.unwrap();
            let certificate = pem.parse_x509().unwrap();
            let subject = certificate.subject().to_string();
            assert!(certificate.is_ca() && subject.contains("Amazon RDS"), "{subject}");
            assert!(
                certificate.validity().not_after.timestamp() > in_a_year,
                "{subject} ends {}",
                certificate.validity().not_after
            );
            certificates += 1;
            first = first.min(certificate.validity().not_after.timestamp());
        }
        assert_eq!(certificates, 87);
        assert_eq!(first, lifeboat::checkup::BUNDLE_UNTIL.as_second(), "backup-check tells when the first root ends");
    }
}
