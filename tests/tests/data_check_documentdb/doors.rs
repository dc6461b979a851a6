//! Getting in, and everything that keeps us out.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use lifeboat::sql::{Connect as _, Door, Drivers, Password, Session as _};
use lifeboat::verify::{Trouble, TroubleKind};
use tests::mongo_double::{Double, Fault, MASTER_PASSWORD};

use crate::world::{door, open, open_by, shop_double};

async fn kept_out(double: &Double, door: &Door) -> Trouble {
    let trouble = open_by(double, door).await.err().unwrap();
    assert!(!format!("{trouble:?}").contains(door.password.reveal()), "{trouble:?}");
    trouble
}

#[tokio::test]
async fn an_open_session_knows_its_server_and_shows_who_it_is() {
    let double = shop_double();
    let session = open(&double).await;
    assert_eq!(session.server_version(), "DocumentDB 5.0.0");
    session.close().await;
    let seen = double.seen();
    let greeted = |command: &bson::Document| {
        let client = command.get_document("client").ok()?;
        client.get_document("application").ok()?.get_str("name").ok().map(str::to_owned)
    };
    assert!(seen.iter().filter_map(greeted).all(|name| name == "lifeboat data-check"));
    assert!(seen.iter().any(|command| greeted(command).is_some()));
    // The login is a proof and never the password.
    assert!(!format!("{seen:?}").contains(MASTER_PASSWORD));
}

#[tokio::test]
async fn only_the_server_at_the_door_is_spoken_to() {
    // The double says that its replica set is elsewhere, as a copy may that knows where it came from.
    let double = shop_double();
    let mut session = open(&double).await;
    assert!(session.inventory(crate::world::LONG).await.is_ok());
}

#[tokio::test]
async fn a_wrong_password_or_user_is_a_login_that_failed() {
    let double = shop_double();
    let mut door = door(&double);
    door.password = Password::new("wr0ng-password");
    let trouble = kept_out(&double, &door).await;
    assert_eq!(trouble.kind, TroubleKind::Login, "{trouble:?}");
    door.user = "nobody-here".to_owned();
    assert_eq!(kept_out(&double, &door).await.kind, TroubleKind::Login);
    door.user = "a=b,c".to_owned();
    assert_eq!(kept_out(&double, &door).await.kind, TroubleKind::Login);
}

#[tokio::test]
async fn a_release_whose_protocol_is_too_old_is_named() {
    let double = shop_double();
    for (wire_version, release) in [(6, "DocumentDB 3.6"), (7, "DocumentDB 4.0")] {
        double.speaks(wire_version);
        let trouble = kept_out(&double, &door(&double)).await;
        assert_eq!(trouble.kind, TroubleKind::Unsupported, "{trouble:?}");
        assert!(trouble.message.starts_with(&format!("{release} speaks an older protocol")), "{trouble:?}");
        assert!(trouble.message.ends_with("came up, the data was not read"), "{trouble:?}");
    }
    let seen = double.seen();
    assert!(seen.iter().all(|command| !command.contains_key("saslStart")), "nobody logs in where nothing can be asked");
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_without_an_address_are_the_network() {
    let double = shop_double();
    let mut door = door(&double);
    door.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let trouble = kept_out(&double, &door).await;
    assert_eq!(trouble.kind, TroubleKind::Network, "{trouble:?}");
    door.host = "copy.invalid".to_owned();
    assert_eq!(kept_out(&double, &door).await.kind, TroubleKind::Network);
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let (double, stranger) = (shop_double(), shop_double());
    let shipped = include_bytes!("../../../functions/data-check/rds-ca-bundle.pem").to_vec();
    for bundle in [stranger.ca(), shipped, b"-----BEGIN CERTIFICATE-----\nx\n".to_vec()] {
        let trouble = Drivers::trusting(bundle).connect(&door(&double)).await.err().unwrap();
        assert_eq!(trouble.kind, TroubleKind::Tls, "{trouble:?}");
    }
    assert!(double.seen().is_empty(), "something was said to a stranger");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let double = shop_double();
    let mut door = door(&double);
    door.host = "127.0.0.1".to_owned();
    let trouble = kept_out(&double, &door).await;
    assert_eq!(trouble.kind, TroubleKind::Tls, "{trouble:?}");
    assert!(trouble.message.contains("not valid for"), "{trouble:?}");
    assert!(double.seen().is_empty());
}

#[tokio::test]
async fn what_answers_and_is_no_database_is_no_way_in() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let double = shop_double();
    let mut door = door(&double);
    door.port = listener.local_addr().unwrap().port();
    let hang_up = async {
        while let Ok((socket, _)) = listener.accept().await {
            drop(socket);
        }
    };
    let trouble = tokio::select! { trouble = kept_out(&double, &door) => trouble, () = hang_up => unreachable!() };
    assert_eq!(trouble.kind, TroubleKind::Network, "{trouble:?}");
}

#[tokio::test]
async fn a_greeting_or_a_first_question_that_goes_wrong_keeps_us_out() {
    for (command, fault) in [
        ("isMaster", Fault::Cut),
        ("isMaster", Fault::Refuse(8000, "AtlasError")),
        ("saslStart", Fault::Cut),
        ("saslContinue", Fault::Senseless),
        ("buildInfo", Fault::Cut),
        ("buildInfo", Fault::Refuse(13, "Unauthorized")),
    ] {
        let double = shop_double();
        double.fault(command, fault);
        let trouble = kept_out(&double, &door(&double)).await;
        assert!(!trouble.message.contains("secret-document"), "{trouble:?}");
    }
}

#[tokio::test]
async fn the_file_of_certificates_goes_with_the_session() {
    let own = || {
        let files = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let prefix = format!("lifeboat-ca-{}-", std::process::id());
        let files = files.filter(|file| file.file_name().to_string_lossy().starts_with(&prefix));
        files.map(|file| fs::read(file.path()).unwrap_or_default()).collect::<Vec<_>>()
    };
    let double = shop_double();
    let session = open(&double).await;
    assert!(own().contains(&double.ca()));
    session.close().await;
    assert!(!own().contains(&double.ca()));
}
