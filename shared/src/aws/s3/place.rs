//! Where a bucket is.

use aws_config::SdkConfig;
use aws_smithy_http::label::{EncodingStrategy, fmt_string};

use crate::aws::line;

/// Characters of a bucket's name that can stand in a host name
const HOST_LABEL: std::ops::RangeInclusive<usize> = 3..=63;

/// The address of a bucket, without a slash at its end.
///
/// With an endpoint of its own (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the same in a profile, or the caller's) the name
/// stands in the path, because such endpoints rarely have a host name for each bucket. A name with a dot stands there too:
/// the wildcard of S3's certificate covers one label.
pub(super) fn place(config: &SdkConfig, bucket: &str) -> String {
    let own = line::own_endpoint(config, "S3");
    let in_path = own.is_some() || !fits_a_host(bucket);
    let endpoint = own.unwrap_or_else(|| format!("https://{}", host(config)));
    match endpoint.split_once("://") {
        Some((scheme, host)) if !in_path => format!("{scheme}://{bucket}.{host}"),
        _ => format!("{}/{}", endpoint.trim_end_matches('/'), fmt_string(bucket, EncodingStrategy::Default)),
    }
}

fn host(config: &SdkConfig) -> String {
    let region = config.region().map(AsRef::as_ref).unwrap_or_default();
    let fips = if config.use_fips() == Some(true) { "-fips" } else { "" };
    let both_stacks = if config.use_dual_stack() == Some(true) { ".dualstack" } else { "" };
    format!("s3{fips}{both_stacks}.{region}.{}", line::domain(region))
}

fn fits_a_host(bucket: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    HOST_LABEL.contains(&bucket.len())
        && bucket.chars().all(|c| plain(c) || c == '-')
        && bucket.starts_with(plain)
        && bucket.ends_with(plain)
}

#[cfg(test)]
mod tests {
    use aws_config::Region;
    use aws_types::origin::Origin;
    use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

    use super::*;

    fn in_region(region: &'static str) -> aws_types::sdk_config::Builder {
        SdkConfig::builder().region(Region::new(region))
    }

    #[test]
    fn a_bucket_has_a_host_of_its_own_where_its_name_allows() {
        let berlin = in_region("eu-central-1").build();
        assert_eq!(place(&berlin, "drills"), "https://drills.s3.eu-central-1.amazonaws.com");
        assert_eq!(place(&berlin, "my.drills"), "https://s3.eu-central-1.amazonaws.com/my.drills");
        assert_eq!(place(&berlin, "Old_Name"), "https://s3.eu-central-1.amazonaws.com/Old_Name");
        assert_eq!(place(&berlin, "a/b"), "https://s3.eu-central-1.amazonaws.com/a%2Fb");
    }

    #[test]
    fn other_partitions_have_other_domains() {
        assert_eq!(place(&in_region("cn-north-1").build(), "drills"), "https://drills.s3.cn-north-1.amazonaws.com.cn");
        assert_eq!(
            place(&in_region("us-gov-west-1").build(), "drills"),
            "https://drills.s3.us-gov-west-1.amazonaws.com"
        );
        assert_eq!(
            place(&in_region("eusc-de-east-1").build(), "drills"),
            "https://drills.s3.eusc-de-east-1.amazonaws.eu"
        );
    }

    #[test]
    fn fips_and_both_ip_stacks_are_kept() {
        let fips = in_region("us-east-1").use_fips(true).build();
        assert_eq!(place(&fips, "drills"), "https://drills.s3-fips.us-east-1.amazonaws.com");
        let both = in_region("us-east-1").use_fips(true).use_dual_stack(true).build();
        assert_eq!(place(&both, "drills"), "https://drills.s3-fips.dualstack.us-east-1.amazonaws.com");
    }

    #[test]
    fn an_endpoint_of_ones_own_has_the_bucket_in_its_path() {
        let own = in_region("eu-central-1").endpoint_url("http://127.0.0.1:4566/").build();
        assert_eq!(place(&own, "drills"), "http://127.0.0.1:4566/drills");
    }

    #[derive(Debug)]
    struct Settings;

    impl LoadServiceConfig for Settings {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            let asked = (key.service_id(), key.env(), key.profile());
            (asked == ("S3", "AWS_ENDPOINT_URL", "endpoint_url")).then(|| "http://s3:1".to_owned())
        }
    }

    #[test]
    fn the_endpoint_of_s3_goes_before_the_one_of_all_services() {
        let from = |origin| {
            let mut config = in_region("eu-central-1").endpoint_url("http://all:1").service_config(Settings);
            config.insert_origin("endpoint_url", origin);
            place(&config.build(), "drills")
        };
        assert_eq!(from(Origin::shared_environment_variable()), "http://s3:1/drills");
        assert_eq!(from(Origin::shared_config()), "http://all:1/drills", "the code's own goes before both");
    }
}
