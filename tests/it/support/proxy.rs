//! A proxy between the program and a server that cuts connections in mid-sentence, keeps both apart,
//! or leads to another server.
//!
//! It understands nothing of what goes through; a connection that it cuts is gone for both ends.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
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

/// Where it leads to.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Socket(PathBuf),
    Port(SocketAddr),
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

/// Listens on a port of its own and passes on to a server.
pub(crate) struct Proxy {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    /// New connections go there. When it changes, those that there are break.
    target: watch::Sender<Target>,
    _task: AbortOnDropHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let target = watch::Sender::new(target);
        let task = tokio::spawn(serve(listener, target.subscribe(), plan.clone()));
        Self { address, plan, target, _task: AbortOnDropHandle::new(task) }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, for whoever connects to PostgreSQL by URL.
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

    /// From now on nothing passes on any connection, and nothing is closed.
    pub(crate) fn keep_apart(&self) {
        self.plan.lock().unwrap().silent_below = u64::MAX;
    }

    /// Everything passes again, on new connections: those that lost something break.
    pub(crate) fn let_through(&self) {
        self.plan.lock().unwrap().silent_below = 0;
        self.target.send_modify(|_| {});
    }

    /// Leads to another server from now on, as a virtual address that moved does.
    pub(crate) fn lead_to(&self, target: Target) {
        self.target.send_replace(target);
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

async fn serve(listener: TcpListener, mut target: watch::Receiver<Target>, plan: Arc<Mutex<Plan>>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else { return };
        let server = target.borrow_and_update().clone();
        plan.lock().unwrap().connections = number + 1;
        let (plan, moved) = (plan.clone(), target.clone());
        match server {
            Target::Socket(path) => {
                let Ok(server) = UnixStream::connect(&path).await else { continue };
                connections.spawn(pass(client, server.into_split(), number, plan, moved));
            }
            Target::Port(address) => {
                let Ok(server) = TcpStream::connect(address).await else { continue };
                connections.spawn(pass(client, server.into_split(), number, plan, moved));
            }
        }
    }
}

/// Serves a connection until either end, or the target, is gone.
async fn pass(
    client: TcpStream,
    (from_server, to_server): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    number: u64,
    plan: Arc<Mutex<Plan>>,
    mut target: watch::Receiver<Target>,
) {
    let (from_client, to_client) = client.into_split();
    tokio::select! {
        () = pump(from_client, to_server, Way::ToServer, number, &plan) => {}
        () = pump(from_server, to_client, Way::ToClient, number, &plan) => {}
        _ = target.changed() => {}
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
