//! One who watches: its own place in the channel, and nothing else of its own.

use std::collections::VecDeque;
use std::convert::Infallible;

use aisle_domain::stream::Position;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use tokio::sync::broadcast;

use super::message::{END, Message, RETRY, head};
use crate::respond::NO_STORE;

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// A reader of a channel.
#[derive(Debug)]
pub(crate) struct Reader {
    /// What it is told first.
    first: VecDeque<Bytes>,
    messages: broadcast::Receiver<Message>,
    /// The version that it has.
    version: Position,
}

impl Reader {
    /// One that is shown a map as JSON and hears what changes.
    pub(super) fn shown(
        version: Position,
        json: Bytes,
        messages: broadcast::Receiver<Message>,
    ) -> Self {
        let first = [RETRY, head("snapshot", version), json, END].into();
        Self { first, messages, version }
    }

    /// One that has the map of a version and hears what it missed and what changes.
    pub(super) fn resumed(
        version: Position,
        missed: Vec<Message>,
        messages: broadcast::Receiver<Message>,
    ) -> Self {
        let version = missed.iter().filter_map(|message| message.id).fold(version, Position::max);
        let missed = missed.into_iter().map(|message| message.bytes);
        Self { first: [RETRY].into_iter().chain(missed).collect(), messages, version }
    }

    /// What it hears, until it is too slow or the feed is over.
    pub(crate) fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        unfold(self, async |mut reader| {
            let bytes = reader.next().await?;
            Some((Ok(bytes), reader))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if !self.first.is_empty() {
            let bytes = self.first.pop_front();
            self.first.shrink_to_fit();
            return bytes;
        }
        loop {
            let message = self.messages.recv().await.ok()?;
            // Said before it was shown the map, or before it knew elsewhere.
            if message.is_known_at(self.version) {
                continue;
            }
            self.version = message.id.unwrap_or(self.version);
            return Some(message.bytes);
        }
    }
}

/// A stream of server-sent events as an answer.
pub(crate) fn event_stream(
    stream: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> Response {
    // Proxies that gather answers before they pass them on would make this useless.
    let unbuffered = ("x-accel-buffering", HeaderValue::from_static("no"));
    let head = [(CONTENT_TYPE, EVENT_STREAM), (CACHE_CONTROL, NO_STORE)];
    (head, [unbuffered], Body::from_stream(stream)).into_response()
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, StreamExt as _};

    use super::super::channel::Channel;
    use super::*;

    fn message(id: Position) -> Message {
        Message { bytes: format!("{id} ").into(), ..Message::of("delta", id, b"") }
    }

    /// What is there to be read now, and whether the stream has ended after it.
    fn read(reader: Reader) -> (String, bool) {
        let stream = reader.stream();
        futures::pin_mut!(stream);
        let mut text = String::new();
        loop {
            match stream.next().now_or_never() {
                Some(Some(Ok(bytes))) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
                Some(None) => return (text, true),
                None => return (text, false),
            }
        }
    }

    #[test]
    fn who_does_not_read_is_cut_off_and_comes_back_to_all_that_it_missed() {
        let channel = Channel::new(0);
        let (missed, messages) = channel.resume(0).unwrap();
        let slow = Reader::resumed(0, missed, messages);
        for id in 1..=100 {
            channel.tell(message(id));
        }
        assert_eq!(read(slow), ("retry: 2000\n\n".to_owned(), true));
        let (missed, messages) = channel.resume(0).unwrap();
        let (text, ended) = read(Reader::resumed(0, missed, messages));
        let all: String = (1..=100).map(|id| format!("{id} ")).collect();
        assert_eq!((text, ended), (format!("retry: 2000\n\n{all}"), false));
    }

    #[test]
    fn what_a_reader_was_shown_already_it_is_not_told_again() {
        let channel = Channel::new(0);
        let messages = channel.join();
        channel.tell(message(1));
        channel.tell(message(2));
        let shown = Reader::shown(1, Bytes::from_static(b"{}"), messages);
        channel.beat();
        channel.tell(message(3));
        drop(channel);
        let (text, ended) = read(shown);
        let snapshot = "event: snapshot\nid: 1\ndata: {}\n\n";
        assert_eq!(text, format!("retry: 2000\n\n{snapshot}2 : beat\n\n3 "));
        assert!(ended);
    }
}
