//! An IAM token goes as it is. So it goes only where the other end has shown who it is.

use std::net::Ipv4Addr;

use lifeboat::sql::{Connect as _, Door, Drivers, Password};
use lifeboat::verify::TroubleKind;
use tests::mariadb::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::Database;

const TOKEN: &str = "copy.rds.amazonaws.com:3306/?Action=connect&DBUser=drill&X-Amz-Signature=0123456789abcdef";
const TLS: u32 = 0x800;

/// The first packet of a server that asks for the password as it is
fn greeting(capabilities: u32) -> Vec<u8> {
    // Protocol 4.1, passwords with a length, plugins for passwords
    let [a, b, c, d] = (capabilities | 0x200 | 0x8000 | 0x8_0000).to_le_bytes();
    let mut body = vec![10];
    body.extend(b"8.0.36\0\x01\0\0\0abcdefgh\0");
    body.extend([a, b, 45, 2, 0, c, d, 21]);
    body.extend([0; 10]);
    body.extend(b"abcdefghijkl\0mysql_clear_password\0");
    let [length, more, most, _] = u32::try_from(body.len()).unwrap().to_le_bytes();
    [vec![length, more, most, 0], body].concat()
}

/// Everything that such a server hears, when it takes the connection and then answers `then`
async fn heard(capabilities: u32, then: &[u8], trusted: Vec<u8>) -> (TroubleKind, Vec<u8>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let door = Door {
        host: "localhost".to_owned(),
        port: listener.local_addr().unwrap().port(),
        password: Password::new(TOKEN),
        ..Database::with("").door()
    };
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&greeting(capabilities)).await.unwrap();
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).await.unwrap_or_default();
        heard.truncate(length);
        let _ = stream.write_all(then).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut heard).await;
        heard
    };
    let drivers = Drivers::trusting(trusted);
    let (session, heard) = tokio::join!(drivers.connect(&door), server);
    (session.err().unwrap().kind, heard)
}

fn has(heard: &[u8], word: &str) -> bool {
    heard.windows(word.len()).any(|part| part == word.as_bytes())
}

#[tokio::test]
async fn a_server_without_tls_that_asks_for_the_token_hears_nothing_at_all() {
    let ca = Server::shared().unwrap().ca().unwrap();
    assert_eq!(heard(0, b"", ca).await, (TroubleKind::Tls, Vec::new()));
}

#[tokio::test]
async fn a_server_that_promises_tls_and_does_not_keep_it_hears_no_token_and_no_user() {
    let ca = Server::shared().unwrap().ca().unwrap();
    // An "OK", a request for the token, and what is no TLS: a server that would rather go on without.
    for then in
        [&b"\x07\0\0\x02\0\0\0\x02\0\0\0"[..], b"\x16\0\0\x02\xfemysql_clear_password\0", b"HTTP/1.1 200 OK\r\n\r\n"]
    {
        let (_, heard) = heard(TLS, then, ca.clone()).await;
        assert!(heard.len() > 36, "{heard:?}");
        assert!(!has(&heard, "X-Amz-Signature") && !has(&heard, "owner"), "{heard:?}");
    }
}
