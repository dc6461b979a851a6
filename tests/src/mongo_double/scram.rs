//! The server's side of a SCRAM-SHA-1 login, as DocumentDB offers it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use sha1::Sha1;

/// The fewest rounds that the driver accepts
const ROUNDS: u32 = 4096;
const SALT: &[u8; 16] = b"0123456789abcdef";

/// A login between its two steps
#[derive(Debug)]
pub(super) struct Begun {
    user: String,
    nonce: String,
    first_bare: String,
    answer: String,
}

/// Answers the client's first message; `None` where it is none
pub(super) fn begin(message: &str) -> Option<(Begun, String)> {
    let first_bare = message.strip_prefix("n,,")?.to_owned();
    let mut fields = first_bare.split(',');
    let user = fields.next()?.strip_prefix("n=")?.replace("=2C", ",").replace("=3D", "=");
    let nonce = format!("{}server", fields.next()?.strip_prefix("r=")?);
    let answer = format!("r={nonce},s={},i={ROUNDS}", STANDARD.encode(SALT));
    Some((Begun { user, nonce, first_bare, answer: answer.clone() }, answer))
}

/// Checks the client's proof; the server's own where it is right
pub(super) fn finish(begun: &Begun, message: &str, password: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (bare, proof) = message.rsplit_once(",p=")?;
    if bare != format!("c=biws,r={}", begun.nonce) {
        return None;
    }
    let password = password(&begun.user)?;
    let salted = salted(&hex(&Md5::digest(format!("{}:mongo:{password}", begun.user).as_bytes())));
    let said = format!("{},{},{bare}", begun.first_bare, begun.answer);
    let client_key = mac(&salted, b"Client Key");
    let signature = mac(&Sha1::digest(client_key), said.as_bytes());
    let right: Vec<u8> = client_key.iter().zip(signature).map(|(key, signed)| key ^ signed).collect();
    if STANDARD.decode(proof).ok()? != right {
        return None;
    }
    Some(format!("v={}", STANDARD.encode(mac(&mac(&salted, b"Server Key"), said.as_bytes()))))
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// PBKDF2 for one block
fn salted(password: &str) -> [u8; 20] {
    let mut block = mac(password.as_bytes(), &[&SALT[..], &[0, 0, 0, 1]].concat());
    let mut sum = block;
    for _ in 1..ROUNDS {
        block = mac(password.as_bytes(), &block);
        for (sum, byte) in sum.iter_mut().zip(block) {
            *sum ^= byte;
        }
    }
    sum
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
