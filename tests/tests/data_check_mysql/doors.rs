//! Getting in, and everything that keeps us out.

use std::net::{Ipv4Addr, TcpListener};

use lifeboat::sql::{Connect as _, Door, Drivers, Password, Session as _};
use lifeboat::verify::{Trouble, TroubleKind};
use tests::mariadb::{PASSWORD, Server};

use crate::world::Database;

async fn kept_out(database: &Database, door: &Door) -> Trouble {
    let trouble = database.open_by(door).await.err().unwrap();
    assert!(!format!("{trouble:?}").contains(door.password.reveal()), "{trouble:?}");
    trouble
}

#[tokio::test]
async fn an_open_session_knows_its_server_and_goes_through_tls() {
    let database = Database::with("");
    database.sql("ALTER USER owner@'%' REQUIRE SSL");
    let session = database.open().await;
    let version = session.server_version();
    assert!(version.starts_with("MariaDB 1"), "{version}");
    session.close().await;
}

#[tokio::test]
async fn a_wrong_password_or_user_is_a_login_that_failed() {
    let database = Database::with("");
    let mut door = database.door();
    door.password = Password::new("wr0ng-password");
    let trouble = kept_out(&database, &door).await;
    assert_eq!(trouble.kind, TroubleKind::Login, "{trouble:?}");
    assert!(trouble.message.contains("Access denied for user 'owner'"), "{trouble:?}");
    door.user = "nobody-here".to_owned();
    assert_eq!(kept_out(&database, &door).await.kind, TroubleKind::Login);
    let mut locked = database.door_of("locked_out", &[]);
    database.sql("ALTER USER locked_out@'%' ACCOUNT LOCK");
    locked.database = "information_schema".to_owned();
    assert_eq!(kept_out(&database, &locked).await.kind, TroubleKind::Login);
}

#[tokio::test]
async fn a_database_that_is_not_in_the_copy_is_named() {
    let database = Database::with("");
    let mut door = database.door();
    door.database = "apps".to_owned();
    let trouble = kept_out(&database, &door).await;
    assert_eq!(trouble.kind, TroubleKind::NoDatabase);
    assert!(trouble.message.contains("Unknown database 'apps'"), "{trouble:?}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_without_an_address_are_the_network() {
    let database = Database::with("");
    let mut door = database.door();
    door.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    assert_eq!(kept_out(&database, &door).await.kind, TroubleKind::Network);
    door.host = "copy.invalid".to_owned();
    assert_eq!(kept_out(&database, &door).await.kind, TroubleKind::Network);
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let database = Database::with("");
    let stranger = Server::start(true).unwrap();
    for bundle in [stranger.ca().unwrap(), include_bytes!("../../../functions/data-check/rds-ca-bundle.pem").to_vec()] {
        let trouble = Drivers::trusting(bundle).connect(&database.door()).await.err().unwrap();
        assert_eq!(trouble.kind, TroubleKind::Tls, "{trouble:?}");
        assert!(trouble.message.contains("invalid peer certificate"), "{trouble:?}");
    }
    let trouble =
        Drivers::trusting(b"-----BEGIN CERTIFICATE-----\nx\n".to_vec()).connect(&database.door()).await.err().unwrap();
    assert_eq!(trouble.kind, TroubleKind::Tls, "{trouble:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let database = Database::with("");
    let mut door = database.door();
    door.host = "127.0.0.1".to_owned();
    let trouble = kept_out(&database, &door).await;
    assert_eq!(trouble.kind, TroubleKind::Tls, "{trouble:?}");
    assert!(trouble.message.contains("not valid for"), "{trouble:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_before_it_hears_a_password() {
    let server = Server::start(false).unwrap();
    let mut door = Database::with("").door();
    (door.port, door.database) = (server.port(), "mysql".to_owned());
    let trouble = Drivers::trusting(server.ca().unwrap()).connect(&door).await.err().unwrap();
    assert_eq!(trouble.kind, TroubleKind::Tls, "{trouble:?}");
    assert!(trouble.message.contains("does not support TLS") && !trouble.message.contains(PASSWORD));
}

#[tokio::test]
async fn what_answers_and_is_no_database_is_no_way_in() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let database = Database::with("");
    let mut door = database.door();
    door.port = listener.local_addr().unwrap().port();
    let hang_up = async {
        let _ = listener.accept().await;
    };
    let (trouble, ()) = tokio::join!(kept_out(&database, &door), hang_up);
    assert_eq!(trouble.kind, TroubleKind::Network, "{trouble:?}");
}
