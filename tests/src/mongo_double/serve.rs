//! Connections: TLS, messages, logins, faults.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, io};

use bson::spec::BinarySubtype;
use bson::{Binary, Document, doc};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::commands::{self, refused};
use super::scram::{self, Begun};
use super::{Fault, Io, State, lock};

/// The one kind of message that drivers send today
const OP_MSG: i32 = 2013;

/// Longest message that is read
const LONGEST: usize = 1 << 24;

pub(super) fn tls(home: &Path) -> TlsAcceptor {
    let chain =
        CertificateDer::pem_slice_iter(&fs::read(home.join("server.pem")).unwrap()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(&fs::read(home.join("server.key")).unwrap()).unwrap();
    let config = ServerConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Serves until it is told to stop
pub(super) fn run(listener: TcpListener, tls: &TlsAcceptor, state: &Arc<Mutex<State>>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let serving = async {
            while let Ok((socket, _)) = listener.accept().await {
                let (tls, state) = (tls.clone(), state.clone());
                tokio::spawn(async move {
                    // A client that does not like the certificate just leaves.
                    if let Ok(stream) = tls.accept(socket).await {
                        let _ = Visitor { stream, state, login: None, is_in: false }.served().await;
                    }
                });
            }
        };
        tokio::select! { () = serving => {}, _ = stopped => {} }
    });
}

/// One connection
struct Visitor<S> {
    stream: S,
    state: Arc<Mutex<State>>,
    login: Option<Begun>,
    is_in: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Visitor<S> {
    async fn served(mut self) -> Io<()> {
        loop {
            let (request, command) = self.hear().await?;
            let name = command.keys().next().cloned().unwrap_or_default();
            let fault = lock(&self.state).faults.get(&name).copied();
            lock(&self.state).seen.push(command.clone());
            let answer = match fault {
                Some(Fault::Cut) => return Ok(()),
                Some(Fault::Deaf) => std::future::pending().await,
                Some(Fault::Refuse(code, name)) => refused(code, name, &format!("{command} with secret-document")),
                Some(Fault::Senseless) => doc! { "ok": 1.0, "n": "secret-document" },
                Some(Fault::Slow(takes)) => self.slowly(&command, takes).await,
                None => self.answer(&name, &command),
            };
            self.say(request, &answer).await?;
        }
    }

    async fn slowly(&mut self, command: &Document, takes: Duration) -> Document {
        let has =
            command.get_i32("maxTimeMS").ok().and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis);
        tokio::time::sleep(has.map_or(takes, |has| has.min(takes))).await;
        if has.is_some_and(|has| has < takes) {
            return refused(50, "MaxTimeMSExpired", "operation exceeded time limit");
        }
        let name = command.keys().next().cloned().unwrap_or_default();
        self.answer(&name, command)
    }

    fn answer(&mut self, name: &str, command: &Document) -> Document {
        match name {
            "hello" | "isMaster" | "ismaster" => commands::hello(&lock(&self.state), command),
            "saslStart" | "saslContinue" => self.log_in(name, command),
            _ if !self.is_in => refused(13, "Unauthorized", "command requires authentication"),
            _ => commands::answer(&mut lock(&self.state), command),
        }
    }

    fn log_in(&mut self, step: &str, command: &Document) -> Document {
        let failed = || refused(18, "AuthenticationFailed", "Authentication failed.");
        let payload = command.get_binary_generic("payload").map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let Ok(payload) = payload else { return failed() };
        let said = if step == "saslStart" {
            if command.get_str("mechanism").ok() != Some("SCRAM-SHA-1") || command.get_str("$db").ok() != Some("admin")
            {
                return failed();
            }
            scram::begin(&payload).map(|(begun, said)| {
                self.login = Some(begun);
                said
            })
        } else {
            self.login.take().and_then(|begun| scram::finish(&begun, &payload, |user| self.password(user)))
        };
        let Some(said) = said else { return failed() };
        self.is_in = step == "saslContinue";
        let payload = Binary { subtype: BinarySubtype::Generic, bytes: said.into_bytes() };
        doc! { "conversationId": 1, "done": self.is_in, "payload": payload, "ok": 1.0 }
    }

    fn password(&self, user: &str) -> Option<String> {
        // Who is asked may take its time, and the state is not locked meanwhile.
        let passwords = lock(&self.state).passwords.clone();
        match passwords {
            Some(passwords) => passwords(user),
            None => lock(&self.state).data.users.get(user).map(|user| user.password.clone()),
        }
    }

    /// The next command, with the number of its message
    async fn hear(&mut self) -> Io<(i32, Document)> {
        let length = self.stream.read_i32_le().await?;
        let request = self.stream.read_i32_le().await?;
        let _answers = self.stream.read_i32_le().await?;
        let kind = self.stream.read_i32_le().await?;
        let length = usize::try_from(length).ok().and_then(|length| length.checked_sub(16));
        let Some(length) = length.filter(|length| *length <= LONGEST) else { return Err(nonsense()) };
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        // Four bytes of flags, and a section of the kind 0 that holds the whole command
        match (kind, body.get(4), body.get(5..)) {
            (OP_MSG, Some(0), Some(document)) => {
                Ok((request, Document::from_reader(document).map_err(|_| nonsense())?))
            }
            _ => Err(nonsense()),
        }
    }

    async fn say(&mut self, request: i32, answer: &Document) -> Io<()> {
        let document = answer.to_vec().map_err(|_| nonsense())?;
        let mut message = Vec::with_capacity(document.len() + 21);
        let length = i32::try_from(document.len() + 21).map_err(|_| nonsense())?;
        for number in [length, request.wrapping_add(1), request, OP_MSG, 0] {
            message.extend(number.to_le_bytes());
        }
        message.push(0);
        message.extend(document);
        self.stream.write_all(&message).await?;
        self.stream.flush().await
    }
}

fn nonsense() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no message of this protocol")
}
