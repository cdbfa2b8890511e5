//! One connection: its bytes on their way to and from the HTTP library, which does not see the
//! requests that are answered here. A client that takes nothing for too long is cut off.
//!
//! It must know where a request begins. That is known at first, and after an answer of the
//! library's to one whole request, once that is sent; after anything else the connection is the
//! library's for good.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aisle_infra::http::tls::is_by_tls;
use aisle_query_api::Ready;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::answering::Over;
use super::asked::{Arrived, Asked, NO_HEADERS};
use super::reply::{Reply, Way};
use super::{Again, Before, Carried};

/// How much is read at once where a request begins, in bytes: more than any browser's head.
const READ: usize = 8 * 1024;

/// How long a request is that is remembered, in bytes, at the most.
const REMEMBERED: usize = 1024;

/// A connection.
#[derive(Debug)]
pub(in crate::app) struct Wire {
    stream: TcpStream,
    /// How long a client may take nothing of what is to be sent.
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    /// None if all is the library's.
    front: Option<Front>,
}

/// What answers before the library.
struct Front {
    before: Before,
    turn: Turn,
    over: Over,
    /// What is being carried out.
    under_way: Option<BoxFuture<'static, Carried>>,
    reply: Option<Reply>,
    last: Option<Last>,
    /// Read, and not yet taken by the library.
    passed: Vec<u8>,
}

/// A request that was answered here, and what answers it again.
struct Last {
    request: Box<[u8]>,
    again: Again,
    way: Way,
}

/// Who reads next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// A request begins.
    Ours,
    /// The library answers one whole request.
    Theirs,
    /// The library's for good.
    TheirsForGood,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream, before: Before, patience: Duration) -> Self {
        let answers = before.at_hand.is_some() || before.carry.is_some();
        let front = answers.then(|| Front {
            before,
            turn: Turn::Ours,
            over: Over::default(),
            under_way: None,
            reply: None,
            last: None,
            passed: Vec::new(),
        });
        Self { stream, patience, stalled: None, front }
    }

    /// What an answer of the library's sets when it is over, if anybody wants to know.
    pub(in crate::app) fn over(&self) -> Option<Over> {
        self.front.as_ref().map(|front| front.over.clone())
    }

    /// Waits for what is being carried out, and sends what is to be sent of our own.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(front) = &mut self.front
            && let Some(under_way) = &mut front.under_way
        {
            let carried = ready!(under_way.as_mut().poll(cx));
            front.under_way = None;
            front.reply = Some(Reply::carried(carried));
        }
        self.poll_reply(cx)
    }

    /// Sends what is to be sent of our own.
    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, front, .. } = self;
        let Some(front) = front else { return Poll::Ready(Ok(())) };
        let Some(reply) = &mut front.reply else { return Poll::Ready(Ok(())) };
        let before = reply.sent();
        let sent = reply.poll_send(cx, stream);
        if reply.sent() > before {
            self.stalled = None;
        }
        if sent.is_ready() {
            front.reply = None;
        }
        self.in_time(cx, sent)
    }

    /// Cuts off who has taken nothing for too long. `sent` is what came of sending.
    fn in_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        sent: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stalled = None;
            return sent;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        ready!(stalled.as_mut().poll(cx));
        tracing::debug!("a client that takes nothing is cut off");
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Answers what can be answered here, and gives the first request that cannot to the library.
    fn poll_requests(
        &mut self,
        cx: &mut Context<'_>,
        library: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_answer(cx))?;
            let mut space = [MaybeUninit::uninit(); READ];
            let mut read = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            let Some(front) = &mut self.front else { return Poll::Ready(Ok(())) };
            if read.filled().is_empty() || !front.answer(read.filled()) {
                front.pass(library);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl Front {
    /// Whether what was read is answered, or about to be; if not, it is to be passed on.
    fn answer(&mut self, read: &[u8]) -> bool {
        if let Some(reply) = self.again(read) {
            return self.reply(reply);
        }
        let mut headers = NO_HEADERS;
        let turn = match Arrived::read(read, &mut headers) {
            Arrived::Plain(asked) => match self.first(read, asked) {
                Some(reply) => return self.reply(reply),
                None => Turn::Theirs,
            },
            Arrived::Posted(posted) => {
                match self.before.carry.as_ref().and_then(|to| to(&posted)) {
                    Some(under_way) => {
                        self.under_way = Some(under_way);
                        return true;
                    }
                    None => Turn::Theirs,
                }
            }
            Arrived::Whole => Turn::Theirs,
            Arrived::Something => Turn::TheirsForGood,
        };
        self.turn = turn;
        self.over.store(false, Ordering::Release);
        self.passed.extend_from_slice(read);
        false
    }

    /// The answer to the same bytes as last time, which mean the same.
    fn again(&self, read: &[u8]) -> Option<(Ready, Way)> {
        let last = self.last.as_ref().filter(|last| *last.request == *read)?;
        Some(((last.again)()?, last.way))
    }

    /// The answer to what was not asked last time. It is remembered.
    fn first(&mut self, read: &[u8], asked: Asked<'_>) -> Option<(Ready, Way)> {
        let way = if is_by_tls(&asked.headers) { Way::Tls } else { Way::Plain };
        let again = self.before.at_hand.as_ref()?(asked.path, asked.headers)?;
        let ready = again()?;
        if read.len() <= REMEMBERED {
            self.last = Some(Last { request: read.into(), again, way });
        }
        Some((ready, way))
    }

    fn reply(&mut self, (ready, way): (Ready, Way)) -> bool {
        tracing::debug!(status = ready.status.as_u16(), "answered at once");
        self.reply = Some(Reply::new(ready, way));
        true
    }

    /// Gives the library what was read for it.
    fn pass(&mut self, library: &mut ReadBuf<'_>) {
        let now = library.remaining().min(self.passed.len());
        library.put_slice(&self.passed[..now]);
        self.passed.drain(..now);
        if self.passed.is_empty() {
            self.passed = Vec::new();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(front) = &mut this.front {
            if !front.passed.is_empty() {
                front.pass(buffer);
                return Poll::Ready(Ok(()));
            }
            if front.turn == Turn::Ours {
                return this.poll_requests(cx, buffer);
            }
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        if let Some(front) = &mut this.front
            && buffer.filled().len() > before
        {
            // More than the request that was passed on.
            front.turn = Turn::TheirsForGood;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.in_time(cx, sent)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.in_time(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// The library flushes when all that it has is written. If its answer is over by then, a
    /// request begins.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_reply(cx))?;
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        if let Some(front) = &mut this.front
            && front.turn == Turn::Theirs
            && front.over.load(Ordering::Acquire)
        {
            front.turn = Turn::Ours;
        }
        Poll::Ready(Ok(()))
    }

    /// The library knows nothing of what is being carried out, and may end the connection.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_answer(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}
