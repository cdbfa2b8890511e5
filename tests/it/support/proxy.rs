//! A proxy between the program and PostgreSQL that cuts connections in mid-sentence.
//!
//! It understands nothing of what goes through; a connection that it cuts is gone for both ends.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToServer,
    ToClient,
}

/// When to cut the connection on which it happens.
#[derive(Debug, Clone)]
pub(crate) enum Cut {
    /// After so many bytes, on all connections together, in one direction. They are passed on.
    After(Way, u64),
    /// In the middle of the message that has this in it: half of it arrives.
    Within(&'static str),
    /// The message that has this in it arrives and is carried out; the answer is lost.
    AnswerTo(&'static str),
}

#[derive(Debug, Default)]
struct Plan {
    cut: Option<Cut>,
    /// The connection whose next answer is lost.
    answer_of: Option<u64>,
    cuts: u64,
    connections: u64,
    /// Connections below this number have gone silent.
    silent_below: u64,
}

/// What becomes of some bytes.
enum Fate {
    Pass,
    /// Only so many arrive, then it is over.
    Cut(usize),
    /// It goes nowhere, and nobody is told.
    Lost,
}

/// Listens on a port of its own and passes on to a socket.
pub(crate) struct Proxy {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    _task: AbortOnDropHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let task = tokio::spawn(serve(listener, socket.to_owned(), plan.clone()));
        Self { address, plan, _task: AbortOnDropHandle::new(task) }
    }

    /// Where it is, for whoever connects by URL.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    /// Has it cut a connection, once.
    pub(crate) fn cut(&self, cut: Cut) {
        self.plan.lock().unwrap().cut = Some(cut);
    }

    /// From now on nothing passes on the connections that there are, as if the other machine had
    /// lost its power: nothing is closed. New ones are served.
    pub(crate) fn fall_silent(&self) {
        let mut plan = self.plan.lock().unwrap();
        plan.silent_below = plan.connections;
    }

    /// How often it has cut.
    pub(crate) fn cuts(&self) -> u64 {
        self.plan.lock().unwrap().cuts
    }
}

impl Plan {
    fn judge(&mut self, way: Way, connection: u64, bytes: &[u8]) -> Fate {
        if connection < self.silent_below {
            return Fate::Lost;
        }
        if way == Way::ToClient && self.answer_of == Some(connection) {
            self.answer_of = None;
            return self.cut_at(0);
        }
        match &mut self.cut {
            Some(Cut::After(counted, left)) if *counted == way => {
                let length = bytes.len() as u64;
                if length < *left {
                    *left -= length;
                    return Fate::Pass;
                }
                let pass = *left as usize;
                self.cut_at(pass)
            }
            Some(Cut::Within(text)) if way == Way::ToServer && has(bytes, text) => {
                self.cut_at(bytes.len() / 2)
            }
            Some(Cut::AnswerTo(text)) if way == Way::ToServer && has(bytes, text) => {
                self.cut = None;
                self.answer_of = Some(connection);
                Fate::Pass
            }
            _ => Fate::Pass,
        }
    }

    fn cut_at(&mut self, bytes: usize) -> Fate {
        self.cut = None;
        self.cuts += 1;
        Fate::Cut(bytes)
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

async fn serve(listener: TcpListener, socket: PathBuf, plan: Arc<Mutex<Plan>>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else { return };
        let Ok(server) = UnixStream::connect(&socket).await else { continue };
        let plan = plan.clone();
        plan.lock().unwrap().connections = number + 1;
        connections.spawn(async move {
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            // Whichever ends first ends both.
            tokio::select! {
                () = pump(from_client, to_server, Way::ToServer, number, &plan) => {}
                () = pump(from_server, to_client, Way::ToClient, number, &plan) => {}
            }
        });
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    way: Way,
    connection: u64,
    plan: &Mutex<Plan>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        let fate = plan.lock().unwrap().judge(way, connection, &buffer[..length]);
        let (arrives, goes_on) = match fate {
            Fate::Pass => (length, true),
            Fate::Lost => (0, true),
            Fate::Cut(bytes) => (bytes, false),
        };
        if to.write_all(&buffer[..arrives]).await.is_err() || !goes_on {
            return;
        }
    }
}
